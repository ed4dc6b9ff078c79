// Times the two promises about data: a gigabyte of JSONL filtered in under a minute with less than 300 MB of memory, and
// 60,000 rows searched for leaks in under 20 seconds.
//
//   node scripts/run-ts.mjs bench/data.ts [--megabytes 1000] [--rows 60000] [--json]
//
// Needs `npm run build` before. The file is invented in the layout of the arXiv metadata snapshot, one row in fifty is
// wanted; it is read by the command line in a process of its own, whose peak memory is read from /proc (Linux).
import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Random, seededRandom } from '../src/base/random.ts'
import { findLeaks } from '../src/data/audit/leaks.ts'

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '1000' },
    rows: { type: 'string', default: '60000' },
    json: { type: 'boolean', default: false },
  },
})

const words = inventedWords(seededRandom(1))
const filtering = await filterBench(Number(values.megabytes))
const leaking = leakBench(Number(values.rows))
if (values.json) console.log(JSON.stringify({ filtering, leaking }))
else {
  const { megabytes, rows, seconds, peakMegabytes } = filtering
  console.log(
    `filter: ${megabytes} MB of JSONL, ${rows} rows wanted, in ${seconds.toFixed(1)} s, peak ${peakMegabytes} MB`,
  )
  console.log(
    `leaks: ${leaking.texts} rows in ${leaking.seconds.toFixed(1)} s, ${leaking.leaks} found of ${leaking.planted} planted`,
  )
}

async function filterBench(megabytes: number) {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-bench-'))
  try {
    const path = join(folder, 'snapshot.json')
    writeSnapshot(path, megabytes * 1e6)
    const begun = performance.now()
    const { lines, peakMegabytes } = await runRows(path)
    return { megabytes, rows: lines, seconds: (performance.now() - begun) / 1000, peakMegabytes }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function writeSnapshot(path: string, bytes: number): void {
  const random = seededRandom(2)
  const file = openSync(path, 'w')
  let written = 0
  for (let i = 0; written < bytes; i += 100) {
    const block = Array.from({ length: 100 }, (_, j) => {
      const row = {
        id: `${String(i).padStart(4, '0')}.${String(j).padStart(5, '0')}`,
        title: sentence(random, 9),
        comments: null,
        categories: (i + j) % 50 === 0 ? 'cs.CL cs.AI' : 'math.CO hep-ph',
        abstract: `  ${sentence(random, 180)}\n`,
        versions: [{ version: 'v1', created: 'Mon, 2 Apr 2007 19:18:42 GMT' }],
      }
      return `${JSON.stringify(row)}\n`
    }).join('')
    written += writeSync(file, block)
  }
  closeSync(file)
}

function runRows(path: string): Promise<{ lines: number; peakMegabytes: number }> {
  const main = join(import.meta.dirname, '../dist/cli/main.js')
  const child = spawn(process.execPath, [main, 'rows', path, '--where', 'categories contains cs.AI', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let lines = 0
  let peakMegabytes = 0
  const look = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
      peakMegabytes = Math.max(peakMegabytes, Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024))
    } catch {
      // The process has ended.
    }
  }, 50)
  child.stdout.on('data', (chunk: Buffer) => {
    for (const byte of chunk) if (byte === 10) lines++
  })
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      clearInterval(look)
      if (code === 0) resolve({ lines, peakMegabytes })
      else reject(new Error(`Cannot measure as the command ended with ${code}`))
    })
  })
}

/** Two thirds of the rows are abstracts, one third sentences; one test row in twenty is a changed train row. */
function leakBench(rows: number) {
  const random = seededRandom(3)
  const texts = Array.from({ length: rows }, (_, i) => sentence(random, i % 3 === 2 ? 12 : 180))
  const held = Math.floor(rows / 10)
  let planted = 0
  for (let i = 0; i < held; i += 20) {
    texts[i] = texts[held + i]!.replace(words[0]!, '').replace(' ', ' also ')
    planted++
  }
  const begun = performance.now()
  const leaks = findLeaks([
    { task: 'a', split: 'test', texts: texts.slice(0, held) },
    { task: 'a', split: 'train', texts: texts.slice(held) },
  ])
  const seconds = (performance.now() - begun) / 1000
  const found = leaks.find((leak) => leak.of === 0)
  return { texts: rows, seconds, planted, leaks: (found?.exact.length ?? 0) + (found?.near.length ?? 0) }
}

function sentence(random: Random, length: number): string {
  return Array.from({ length }, () => words[random.below(words.length)]).join(' ')
}

function inventedWords(random: Random): string[] {
  const letters = (count: number): string =>
    Array.from({ length: count }, () => String.fromCharCode(97 + random.below(26))).join('')
  return Array.from({ length: 20_000 }, () => letters(2 + random.below(9)))
}
