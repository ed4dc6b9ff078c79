// Gives the readers of data, tokenizers, models and studies mutated fixtures: node scripts/fuzz-data.mjs [--mutations 10000] [--seed 0]
// [--only csv,parquet]. A reader may read a mutated file or refuse it with a sentence; anything else, a hang or a crash
// fails. Each failure names the target and seed with which test/rig/fuzz-data.ts makes the same file again.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runnerImport } from 'vite'
import { watchedChild } from './watched-child.mjs'

/** Of one mutation; the time of starting and compiling comes before the first. */
const slowestMs = 5000
const mostMegabytes = 500

const { values } = parseArgs({
  options: {
    mutations: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '0' },
    only: { type: 'string' },
    child: { type: 'string' },
    folder: { type: 'string' },
  },
})
const first = Number(values.seed)
const { module } = await runnerImport(resolve('test/rig/fuzz-data.ts'), { configFile: false, logLevel: 'error' })

if (values.child !== undefined) await runMutations(values.child, values.folder)
else process.exitCode = (await superviseAll()) === 0 ? 0 : 1

async function runMutations(target, folder) {
  let peak = process.resourceUsage().maxRSS
  for (let seed = first; seed < first + Number(values.mutations); seed++) {
    process.send({ begun: seed })
    const before = process.cpuUsage()
    try {
      const outcome = await module.fuzzOnce(target, seed, folder)
      const { user, system } = process.cpuUsage(before)
      if (user + system > slowestMs * 1000) throw new Error(`it takes ${(user + system) / 1e6} s`)
      // The first ones also read and compile the program.
      const grown = (process.resourceUsage().maxRSS - peak) / 1024
      if (seed === first) peak = process.resourceUsage().maxRSS
      else if (grown > mostMegabytes) {
        peak = process.resourceUsage().maxRSS
        throw new Error(`it takes ${Math.round(grown)} MB`)
      }
      process.send({ outcome })
    } catch (error) {
      process.send({ outcome: 'failure', seed, error: String(error?.stack ?? error).slice(0, 600) })
    }
  }
  process.disconnect()
}

async function superviseAll() {
  const targets = values.only?.split(',') ?? Object.keys(module.fuzzTargets)
  const folder = mkdtempSync(join(tmpdir(), 'reteach-fuzz-'))
  let failures = 0
  try {
    for (const target of targets) failures += await supervise(target, folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  console.log(failures === 0 ? 'no failures' : `${failures} failures`)
  return failures
}

/** Runs all mutations of one target in a process of their own; after a hang or crash another one goes on behind it. */
async function supervise(target, folder) {
  const end = first + Number(values.mutations)
  const counts = { read: 0, fault: 0, failure: 0 }
  const begun = performance.now()
  let next = first
  while (next < end) {
    const options = ['--child', target, '--folder', folder, '--seed', String(next), '--mutations', String(end - next)]
    const problem = await watchedChild(options, mostMegabytes, (message) => {
      if (message.begun !== undefined) next = message.begun
      else counts[message.outcome]++
      if (message.outcome === 'failure') console.log(`  ${target} ${message.seed}: ${message.error}`)
    })
    if (problem === undefined) break
    counts.failure++
    console.log(`  ${target} ${next}: ${problem}`)
    next++
  }
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  console.log(`${target}: ${counts.read} read, ${counts.fault} refused, ${counts.failure} failures, ${seconds} s`)
  return counts.failure
}
