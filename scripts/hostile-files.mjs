// Opens files that were made to do harm - pickles, weights, configs, tokenizers - one after the other in a child process, each
// within 5 s of processor time and 500 MB: node scripts/hostile-files.mjs [--only TEXT]. Each must end in one sentence or in a
// model or tokenizer that works, as test/rig/hostile-*.ts say which; anything else, a hang or a crash fails.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runnerImport } from 'vite'
import { watchedChild } from './watched-child.mjs'

const slowestMs = 5000
const mostMegabytes = 500

const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, child: { type: 'string' }, folder: { type: 'string' } },
})
const { module } = await runnerImport(resolve('test/rig/hostile-files.ts'), { configFile: false, logLevel: 'error' })
const names = [...module.hostileFiles.keys()].filter((name) => name.includes(values.only))
if (names.length === 0) throw new Error(`No file's name has "${values.only}" in it`)

if (values.child !== undefined) await openFrom(Number(values.child))
else process.exitCode = (await superviseAll()) === 0 ? 0 : 1

async function openFrom(start) {
  for (let at = start; at < names.length; at++) {
    process.send({ begun: at })
    const memory = peakMemory()
    const before = process.cpuUsage()
    try {
      const outcome = await module.openHostileFiles(names[at], values.folder)
      const { user, system } = process.cpuUsage(before)
      if (user + system > slowestMs * 1000) throw new Error(`it takes ${(user + system) / 1e6} s`)
      const grown = memory()
      if (grown > mostMegabytes) throw new Error(`it takes ${Math.round(grown)} MB`)
      process.send({ outcome, ms: (user + system) / 1000, grown })
    } catch (error) {
      process.send({ outcome: 'failure', at, error: String(error?.stack ?? error).slice(0, 900) })
    }
  }
  process.disconnect()
}

/** Tells how many megabytes this process has grown by at most since; Linux lets the peak be set back. */
function peakMemory() {
  globalThis.gc?.()
  try {
    writeFileSync('/proc/self/clear_refs', '5')
  } catch {
    const before = process.resourceUsage().maxRSS
    return () => (process.resourceUsage().maxRSS - before) / 1024
  }
  const before = process.memoryUsage().rss / 2 ** 20
  return () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024 - before
}

async function superviseAll() {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-hostile-'))
  const counts = { refused: 0, opened: 0, failure: 0 }
  let slowest = { ms: 0 }
  let largest = { grown: 0 }
  try {
    for (let next = 0; next < names.length; next++) {
      const problem = await watchedChild(
        ['--child', String(next), '--only', values.only, '--folder', join(folder, 'model')],
        mostMegabytes,
        ({ begun, outcome, at, error, ms, grown }) => {
          if (begun !== undefined) next = begun
          else counts[outcome]++
          if (outcome === 'failure') console.log(`failure: ${names[at]}: ${error}`)
          if (ms > slowest.ms) slowest = { ms, name: names[next] }
          if (grown > largest.grown) largest = { grown, name: names[next] }
        },
      )
      if (problem === undefined) break
      counts.failure++
      console.log(`failure: ${names[next]}: ${problem}`)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  console.log(`${names.length} files: ${counts.refused} refused, ${counts.opened} opened, ${counts.failure} failures`)
  console.log(
    `slowest: ${Math.round(slowest.ms)} ms (${slowest.name}); largest: ${Math.round(largest.grown)} MB (${largest.name})`,
  )
  return counts.failure
}
