// Disturbs studies of small models and looks whether they come to the same files: node scripts/disturb.mjs kills|damages|beside
// [--count 100] [--seed 1] [--threads 1]. The built command line is used: run "npm run build" before. A failure names what was done.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runnerImport } from 'vite'

const { values, positionals } = parseArgs({
  options: {
    count: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    threads: { type: 'string' },
  },
  allowPositionals: true,
})
const { module } = await runnerImport(resolve('test/rig/disturbed-study.ts'), { configFile: false, logLevel: 'error' })
const works = { kills: module.killedStudy, damages: module.damagedStudy, beside: module.besideStudy }
const work = works[positionals[0]]
if (work === undefined) throw new Error(`Cannot disturb without one of ${Object.keys(works).join(', ')}`)
const folder = mkdtempSync(join(tmpdir(), 'reteach-disturb-'))
try {
  const say = (sentence) => console.error(sentence)
  const threads = values.threads === undefined ? {} : { threads: Number(values.threads) }
  const amount = { count: Number(values.count), seed: Number(values.seed) }
  const { done, failures, counts } = await work({ ...amount, ...threads, folder, say })
  for (const failure of failures) console.log(`failure: ${failure}`)
  console.log(`${done} ${positionals[0]}: ${failures.length} failures (${JSON.stringify(counts)})`)
  if (failures.length > 0) process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
