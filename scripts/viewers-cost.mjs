// What viewers of the live page cost a lesson: a study that teaches one lesson is run with 0 and with 10 open event streams in
// turn, several pairs, each with the server of "run --open". Written down are the seconds of the lessons, as their steps have taken, and
// what processor time the serving process took in share of the lesson's: that is told apart from the machine's noise (on Linux).
//
//   node scripts/viewers-cost.mjs [pairs] [viewers]
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [pairs, viewers] = [Number(process.argv[2] ?? 5), Number(process.argv[3] ?? 10)]
const root = fileURLToPath(new URL('..', import.meta.url))
const main = join(root, 'dist/cli/main.js')
const updates = 400
/** By run, the bytes that each viewer has received. */
const received = new Map()
/** By run, seconds of processor of the process that serves and of its lessons and tests. */
const processor = new Map()

const folder = mkdtempSync(join(tmpdir(), 'reteach-viewers-'))
try {
  writeStudy()
  await seconds('warm', 0)
  const times = { alone: [], watched: [] }
  for (let pair = 0; pair < pairs; pair++) {
    // Each goes first in turn, so that a machine that becomes slower favours neither.
    for (const name of pair % 2 === 0 ? ['alone', 'watched'] : ['watched', 'alone']) {
      times[name].push(await seconds(`${name}-${pair}`, name === 'alone' ? 0 : viewers))
    }
  }
  for (const [name, list] of Object.entries(times)) {
    const who = name === 'alone' ? 'no viewer' : `${viewers} viewers`
    console.log(`${who}: ${updates} updates in ${told(list)} s (${list.map((one) => one.toFixed(2)).join(', ')})`)
  }
  const ratios = times.alone.map((alone, pair) => 100 * (times.watched[pair] / alone - 1))
  const shares = times.alone.map((_, pair) => {
    const [alone, watched] = [processor.get(`alone-${pair}`), processor.get(`watched-${pair}`)]
    return alone && watched ? (100 * (watched.own - alone.own)) / alone.lesson : Number.NaN
  })
  console.log(`the serving process took ${told(shares)} % of the lesson's processor time more with ${viewers} viewers`)
  console.log(`slower by ${told(ratios)} % (median of ${pairs} pairs and range); load ${loadavg()[0].toFixed(1)}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function told(list) {
  const sorted = list.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  return `${median.toFixed(2)} (${sorted[0].toFixed(2)} to ${sorted.at(-1).toFixed(2)})`
}

/** One lesson of a model that is large enough for two threads, and its test. */
function writeStudy() {
  cpSync(join(root, 'test/fixtures/models/tiny-flan-t5/spiece.model'), join(folder, 'spiece.model'))
  const words = ['house', 'tree', 'boat', 'red', 'small', 'large', 'green', 'river', 'stone', 'bird', 'window']
  const phrase = (row, length) =>
    Array.from({ length }, (_, at) => words[(row * 7 + at * at + 3 * at) % words.length]).join(' ')
  const rows = Array.from({ length: 400 }, (_, row) => `"${phrase(row, 40)}",${phrase(row, 6)}`)
  writeFileSync(join(folder, 'rows.csv'), `text,title\n${rows.join('\n')}\n`)
  writeFileSync(
    join(folder, 'study.yaml'),
    `study: viewers
starts:
  base: { scratch: { d_model: 128, d_ff: 256, num_layers: 2, num_heads: 4 }, tokenizer: spiece.model }
tasks:
  titles:
    data: { file: rows.csv, split: { train: 380, validation: 10, test: 10, seed: 1 } }
    source: text
    target: title
    metrics: [bleu]
    teach: { learning_rate: 1e-3, steps: ${updates}, batch: 8, evaluate_every: 100 }
chains: [base -> titles]
seeds: [1]
`,
  )
}

/** Seconds that the lesson has taken, in a store of its own. */
async function seconds(store, count) {
  const where = join(folder, store)
  const child = spawn(
    process.execPath,
    [main, 'run', join(folder, 'study.yaml'), '--store', where, '--open', '--json'],
    {
      env: { ...process.env, SSH_TTY: 'none', NO_COLOR: '1' },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  const clock = setInterval(() => noteProcessor(store, child.pid), 100)
  let text = ''
  child.stderr.setEncoding('utf8').on('data', (part) => {
    const before = /(http:\S+)/u.test(text)
    text += part
    const address = /(http:\S+)\n/u.exec(text)?.[1]
    if (!before && address !== undefined) for (let i = 0; i < count; i++) watch(address, i, store)
  })
  const code = await new Promise((resolve) => child.on('exit', resolve))
  clearInterval(clock)
  if (code !== 0) throw new Error(text)
  const [key] = readdirSync(join(where, 'teach')).filter((name) => /^[0-9a-f]{64}$/u.test(name))
  const bytes = received.get(store) ?? []
  if (count > 0 && (bytes.length < count || bytes.some((one) => one < 10_000))) {
    throw new Error(`Not all ${count} viewers were told of the lesson: ${bytes.join(', ')} bytes`)
  }
  return JSON.parse(readFileSync(join(where, 'teach', key, 'step.json'), 'utf8')).result.seconds
}

/** Ticks of 10 ms, as proc(5) has them: own in user and system mode, and the same of children that have ended. */
function noteProcessor(run, pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
    const [user, system, users, systems] = fields.slice(11, 15).map(Number)
    if (users > 0) processor.set(run, { own: (user + system) / 100, lesson: (users + systems) / 100 })
  } catch {
    // It has ended, or the system has no such files.
  }
}

/** An open event stream, whose bytes are counted. */
function watch(address, index, store) {
  received.set(store, received.get(store) ?? [])
  get(new URL('events', address), (response) => {
    response.on('data', (part) => {
      received.get(store)[index] = (received.get(store)[index] ?? 0) + part.length
    })
    response.on('error', () => {})
  }).on('error', () => {})
}
