// How often the verdict is wrong on real lessons: teaches one chain of the miniature world with many seeds, which differ by
// chance alone, and draws them against each other. Lessons are kept in the store, so that it may be stopped and goes on:
//   node scripts/run-ts.mjs scripts/verdict-on-lessons.ts [--store DIR] [--seeds N] [--draws N]
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { parse } from 'yaml'
import { seededRandom } from '../src/base/random.ts'
import type { ExampleStatistics } from '../src/metrics/metric.ts'
import { metricByName } from '../src/metrics/registry.ts'
import { crossedTest } from '../src/metrics/statistics/crossed-test.ts'
import { Evaluations } from '../src/report/results/evaluations.ts'
import type { StepKey } from '../src/study/keys.ts'
import { Store } from '../src/study/store/store.ts'

interface MiniatureStudy {
  starts: Record<string, { tokenizer?: string }>
  tasks: Record<string, { data: { file: string } }>
}

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: '.reteach/verdict-on-lessons' },
    seeds: { type: 'string', default: '24' },
    draws: { type: 'string', default: '200' },
  },
})
const folder = resolve(values.store)
const miniature = resolve(import.meta.dirname, '../examples/miniature')
const seeds = Number(values.seeds)
const draws = Number(values.draws)

/** The miniature study with one chain and many seeds; JSON is YAML too. */
function writeStudy(): string {
  const study = parse(readFileSync(join(miniature, 'study.yaml'), 'utf8')) as MiniatureStudy & object
  const { starts, tasks, ...rest } = study as MiniatureStudy & Record<string, unknown>
  const { blank, base } = starts
  const absolute = Object.entries(tasks).map(([name, task]) => [
    name,
    { ...task, data: { ...task.data, file: join(miniature, task.data.file) } },
  ])
  const own = {
    study: 'verdict-on-lessons',
    defaults: rest.defaults,
    starts: { blank: { ...blank, tokenizer: join(miniature, blank!.tokenizer!) }, base },
    tasks: Object.fromEntries(absolute),
    chains: ['base -> res'],
    seeds: Array.from({ length: seeds }, (_, seed) => seed + 1),
  }
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'study.yaml')
  writeFileSync(file, JSON.stringify(own, null, 2))
  return file
}

/** Teaches what is not taught yet; the keys of the tests, a seed each. */
function evaluated(study: string): StepKey[] {
  const program = resolve(import.meta.dirname, '../dist/cli/main.js')
  const out = execFileSync(process.execPath, [program, 'run', study, '--store', folder, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 30,
  })
  const { tables } = JSON.parse(out.toString()) as { tables: { rows: { seeds: { evaluation: StepKey }[] }[] }[] }
  return tables[0]!.rows[0]!.seeds.map(({ evaluation }) => evaluation)
}

const keys = evaluated(writeStudy())
const store = new Store(folder)
const { name, metric: kind, options } = store.scores(keys[0]!).metrics[0]!
const metric = metricByName(kind, options)
const evaluations = new Evaluations(store)
const statistics: ExampleStatistics[] = []
for (const key of keys) statistics.push((await evaluations.statistics(key)).get(name)!)

process.stdout.write(`${keys.length} seeds of base -> res, ${draws} draws of each size\n`)
for (const field of ['exact', 'macro_f1', 'samples_f1']) {
  const scores = statistics.map((one) => metric.score(one)[field]!)
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length
  const spread = Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / (scores.length - 1))
  process.stdout.write(`${field}: mean ${mean.toFixed(4)}, standard deviation over seeds ${spread.toFixed(4)}\n`)
  for (const size of [2, 3, 5]) {
    const random = seededRandom([42, size])
    let wrong = 0
    let covers = 0
    for (let draw = 0; draw < draws; draw++) {
      const drawn = Array.from(random.permutation(statistics.length), (seed) => statistics[seed]!)
      const found = crossedTest(metric, drawn.slice(0, size), drawn.slice(size, 2 * size), { field, samples: 2000 })
      if (found.p < 0.05) wrong++
      if (found.interval.low <= 0 && found.interval.high >= 0) covers++
    }
    const share = (count: number): string => `${((100 * count) / draws).toFixed(1)} %`
    process.stdout.write(
      `  ${size} against ${size}: called different ${share(wrong)}, interval covers 0 in ${share(covers)}\n`,
    )
  }
}
