// Gives the readers of data, tokenizers, models and studies mutated fixtures: node scripts/fuzz-data.mjs [--mutations 10000] [--seed 0]
// [--only csv,parquet]. A reader may read a mutated file or refuse it with a sentence; anything else, a hang or a crash
// fails. Each failure names the target and seed with which test/rig/fuzz-data.ts makes the same file again.
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runnerImport } from 'vite'

/** Of one mutation; the time of starting and compiling comes before the first. */
const slowestMs = 5000
const silenceMs = 60_000
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
    const problem = await runChild(target, folder, next, end, (message) => {
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

function runChild(target, folder, from, end, onMessage) {
  return new Promise((resolveProblem) => {
    const child = fork(
      process.argv[1],
      ['--child', target, '--folder', folder, '--seed', String(from), '--mutations', String(end - from)],
      { execArgv: [`--max-old-space-size=${mostMegabytes}`], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] },
    )
    let errors = ''
    let problem
    child.stderr.setEncoding('utf8').on('data', (text) => {
      errors = (errors + text).slice(-2000)
    })
    let timer
    const watch = () => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        problem = `it hangs: nothing for ${silenceMs / 1000} s`
        child.kill('SIGKILL')
      }, silenceMs)
    }
    watch()
    child.on('message', (message) => {
      watch()
      onMessage(message)
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      const crash = code === 0 ? undefined : `it crashes (${signal ?? code}): ${errors.trim().slice(-600)}`
      resolveProblem(problem ?? crash)
    })
  })
}
