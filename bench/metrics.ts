// Times the metrics on invented texts: `node scripts/run-ts.mjs bench/metrics.ts [--pairs N] [--json]`. One line a case,
// in seconds, with the bound that the project promises where there is one.
import { parseArgs } from 'node:util'
import { type Random, seededRandom } from '../src/base/random.ts'
import { bleuMetric } from '../src/metrics/bleu.ts'
import { chrfMetric } from '../src/metrics/chrf.ts'
import { labelsMetric } from '../src/metrics/labels.ts'
import type { Metric } from '../src/metrics/metric.ts'
import { rougeMetric } from '../src/metrics/rouge.ts'
import { approximateRandomisation, bootstrapIntervals, pairedBootstrap } from '../src/metrics/statistics/resampling.ts'

const { values: flags } = parseArgs({
  options: { pairs: { type: 'string', default: '10000' }, json: { type: 'boolean', default: false } },
})
const pairs = Number(flags.pairs)
const random = seededRandom(1)

const vocabulary = Array.from({ length: 20_000 }, (_, i) => `${i.toString(36)}${'ation'.slice(0, i % 6)}`)
const englishReferences = Array.from({ length: pairs }, () => {
  const words = Array.from({ length: 15 + random.below(20) }, () => zipf(random, vocabulary))
  return `${words.join(' ')}.`
})
const english = englishReferences.map((text) =>
  text
    .split(' ')
    .map((word) => (random.uniform() < 0.3 ? zipf(random, vocabulary) : word))
    .join(' '),
)
const characters = Array.from({ length: 3000 }, (_, i) => String.fromCharCode(0x4e00 + i))
const chineseReferences = Array.from({ length: pairs }, () => {
  return `${Array.from({ length: 25 + random.below(30) }, () => zipf(random, characters)).join('')}。`
})
const chinese = chineseReferences.map((text) =>
  Array.from(text, (character) => (random.uniform() < 0.3 ? zipf(random, characters) : character)).join(''),
)
const labels = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
const gold = Array.from({ length: pairs }, () => labels.filter(() => random.uniform() < 0.2))
const answered = gold.map((set) => set.filter(() => random.uniform() < 0.7))

for (const tokenize of ['13a', 'intl', 'char', 'none'] as const) {
  timeScore(`bleu ${tokenize}`, bleuMetric({ tokenize }), english, englishReferences, 2)
}
timeScore('bleu zh', bleuMetric({ tokenize: 'zh' }), chinese, chineseReferences, 2)
timeScore('chrf', chrfMetric(), english, englishReferences)
timeScore('chrf++', chrfMetric({ wordOrder: 2 }), english, englishReferences)
timeScore('rouge', rougeMetric(), english, englishReferences)
timeScore('rouge stemmer', rougeMetric({ stemmer: true }), english, englishReferences)
timeScore('labels', labelsMetric({ labels }), answered, gold)

const metric = bleuMetric()
const part = (texts: readonly string[], from: number) => texts.slice(from, from + 2000)
const a = metric.statistics(part(english, 0), part(englishReferences, 0))
const b = metric.statistics(part(chinese, 0), part(englishReferences, 0))
time('bootstrap of bleu, 2,000 examples x 1,000', () => bootstrapIntervals(metric, a), 5)
time('paired bootstrap of bleu, 2,000 examples x 1,000', () => pairedBootstrap(metric, a, b), 5)
time('randomisation of bleu, 2,000 examples x 10,000', () => approximateRandomisation(metric, a, b))

function zipf(source: Random, words: readonly string[]): string {
  return words[Math.floor(source.uniform() ** 3 * words.length)]!
}

function timeScore<Answer>(
  name: string,
  of: Metric<Answer>,
  predictions: readonly Answer[],
  references: readonly Answer[],
  bound?: number,
): void {
  time(`${name}, ${pairs} pairs`, () => of.score(of.statistics(predictions, references)), bound)
}

function time(name: string, run: () => unknown, bound?: number): void {
  const start = performance.now()
  run()
  const seconds = (performance.now() - start) / 1000
  if (flags.json) console.log(JSON.stringify({ name, seconds, ...(bound !== undefined && { bound }) }))
  else console.log(`${seconds.toFixed(3).padStart(7)} s  ${name}${bound === undefined ? '' : ` (bound ${bound} s)`}`)
}
