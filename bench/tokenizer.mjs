// Times encoding next to the reference: sentencepiece for a spiece.model, tokenizers for a tokenizer.json.
//
//   npm run build && node bench/tokenizer.mjs --model FOLDER_OR_FILE [--data TABLE --column NAME] [--rounds N]
//                                             [--python PYTHON] [--json]
//
// It runs the built package: vite, which runs the other benchmarks' TypeScript, makes calls between modules several times
// slower, and here they are what is timed.
// Without --data the texts are invented. --python is an interpreter with sentencepiece and tokenizers; both sides encode the
// same texts on one thread, in this order: ours, theirs. Rates are of the best round, in processor time, so that what else
// runs on the machine does not count. Each of our rounds starts with a tokenizer that knows no word yet.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { seededRandom } from '../dist/base/random.js'
import { readRows } from '../dist/data/table/table.js'
import { loadTokenizer, tokenizerFiles } from '../dist/pretrained/tokenizer-folder.js'

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    data: { type: 'string' },
    column: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    python: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
if (values.model === undefined) throw new Error('Cannot run without --model FOLDER_OR_FILE')
const rounds = Number(values.rounds)
const file = tokenizerFiles(values.model)[0]
const texts = values.data === undefined ? inventedTexts(4000) : await columnTexts(values.data, values.column)
const characters = texts.reduce((sum, text) => sum + text.length, 0)

const loading = performance.now()
loadTokenizer(file)
const loadMs = performance.now() - loading
const ours = encodeAll()
const peer = values.python === undefined ? undefined : runPeer(values.python)

/** @param {{ tokens: number, seconds: number[] }} timing processor seconds of each round */
const rate = ({ tokens, seconds }) => tokens / Math.min(...seconds)
const result = {
  model: values.model,
  texts: texts.length,
  characters,
  tokens: ours.tokens,
  load_ms: Math.round(loadMs),
  first_round_tokens_per_second: Math.round(ours.tokens / ours.seconds[0]),
  tokens_per_second: Math.round(rate(ours)),
  ...(peer && {
    peer: peer.name,
    peer_tokens_per_second: Math.round(rate(peer)),
    ratio: Number((rate(ours) / rate(peer)).toFixed(2)),
  }),
}
if (values.json) console.log(JSON.stringify(result))
else for (const [name, value] of Object.entries(result)) console.log(`${name.padEnd(30)} ${value}`)

function encodeAll() {
  let tokens = 0
  const seconds = Array.from({ length: rounds }, () => {
    const tokenizer = loadTokenizer(file)
    tokens = 0
    const begun = process.cpuUsage()
    for (const text of texts) tokens += tokenizer.encode(text, { addEos: false }).length
    const { user, system } = process.cpuUsage(begun)
    return (user + system) / 1e6
  })
  return { tokens, seconds }
}

function runPeer(python) {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-bench-'))
  try {
    const path = join(folder, 'texts.json')
    writeFileSync(path, JSON.stringify(texts))
    const { stdout, stderr, status } = spawnSync(
      python,
      [join(import.meta.dirname, 'tokenizer_peer.py'), '--model', file, '--texts', path, '--rounds', String(rounds)],
      { encoding: 'utf8' },
    )
    if (status !== 0) throw new Error(`Cannot run the peer: ${stderr}`)
    return JSON.parse(stdout)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function columnTexts(data, column) {
  if (column === undefined) throw new Error('Cannot read --data without --column NAME')
  const found = []
  for await (const { row } of readRows({ file: data })) {
    const text = row[column]
    if (typeof text === 'string') found.push(text)
  }
  return found
}

/** Texts of 250 words, the frequent ones often. */
function inventedTexts(count) {
  const random = seededRandom(1)
  const syllables = [
    're',
    'teach',
    'ing',
    'the',
    'mo',
    'del',
    'learn',
    'a',
    'tion',
    'gra',
    'di',
    'ent',
    'of',
    'text',
    'sen',
    'ter',
  ]
  const words = Array.from({ length: 30_000 }, () =>
    Array.from({ length: 1 + random.below(4) }, () => syllables[random.below(syllables.length)]).join(''),
  )
  const text = () =>
    Array.from({ length: 250 }, () => words[Math.floor(words.length ** random.uniform()) - 1]).join(' ')
  return Array.from({ length: count }, text)
}
