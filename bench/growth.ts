// How time and memory of an update grow with the length of sources, the batch, the vocabulary and the model: one of them at a time,
// each point in a process of its own. Prints a table, writes growth.json into a folder, and draws growth-time.svg and
// growth-memory.svg there; with --only the other series are those that growth.json has.
//
//   node scripts/run-ts.mjs bench/growth.ts [--out bench] [--updates 3] [--threads 2] [--only source,batch]
//
// The model is Flan-T5-small's with random weights, 8 rows of 64 source and 16 target tokens, dropout 0.1 and AdamW, but for what is
// varied. An update more goes before those that are timed.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { seededRandom } from '../src/base/random.ts'
import { childEnvironment } from '../src/engine/cpu/child-environment.ts'
import { cpuEngine } from '../src/engine/cpu/cpu-engine.ts'
import { elementCount } from '../src/graph/tensor.ts'
import { parseT5Config } from '../src/model/t5/config.ts'
import { t5Architecture } from '../src/model/t5/t5-family.ts'
import type { CurvePanel, Figure } from '../src/report/charts/figure.ts'
import { figureSvg } from '../src/report/charts/figure-svg.ts'
import { seriesStyle } from '../src/report/charts/series-style.ts'
import { LessonPass } from '../src/train/lesson-pass.ts'
import { initialWeights } from '../src/train/model-memory.ts'
import { batchFlops } from './batch-flops.ts'
import { median } from './median.ts'
import type { Lengths } from './workloads.ts'

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: import.meta.dirname },
    updates: { type: 'string', default: '3' },
    threads: { type: 'string', default: '2' },
    only: { type: 'string' },
    point: { type: 'string' },
  },
})

interface Point {
  readonly series: string
  readonly value: number | string
  readonly model: Readonly<Record<string, number>>
  readonly batch: number
  readonly source: number
  readonly target: number
}

interface Measured {
  readonly series: string
  readonly value: number | string
  readonly tokens: number
  readonly millions: number
  /** The median update. */
  readonly seconds: number
  /** Of an update's products. */
  readonly gflop: number
  /** The most that the process had. */
  readonly gigabytes: number
  /** The machine's load average. */
  readonly load: number
}

const small = { vocab_size: 32128, d_model: 512, d_kv: 64, d_ff: 1024, num_layers: 8, num_heads: 6 }
const models = {
  tiny: { ...small, d_model: 128, d_kv: 32, d_ff: 256, num_layers: 4, num_heads: 4 },
  small,
  base: { ...small, d_model: 768, d_ff: 2048, num_layers: 12, num_heads: 12 },
}
const usual = { model: small, batch: 8, source: 64, target: 16 }
const points: readonly Point[] = [
  ...[64, 128, 192, 256, 320, 384, 448, 512].map((source) => ({ ...usual, series: 'source', value: source, source })),
  ...[1, 2, 4, 8, 16, 32, 64].map((batch) => ({ ...usual, series: 'batch', value: batch, batch })),
  ...[8, 16, 32, 64, 128, 250].map((thousands) => {
    return { ...usual, series: 'vocabulary', value: thousands, model: { ...small, vocab_size: thousands * 1000 } }
  }),
  ...Object.entries(models).map(([value, model]) => ({ ...usual, series: 'model', value, model })),
]

const axes: Readonly<Record<string, string>> = {
  source: 'source tokens a row',
  batch: 'rows a batch',
  vocabulary: 'thousands of pieces',
  model: 'millions of parameters: tiny, small, base',
}

if (values.point === undefined) main()
else console.log(JSON.stringify(await measured(JSON.parse(values.point) as Point)))

function main(): void {
  const wanted = values.only?.split(',')
  const isWanted = ({ series }: { series: string }): boolean => wanted?.includes(series) ?? true
  const file = join(values.out, 'growth.json')
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Measured[]) : []
  const found = [...kept.filter((each) => !isWanted(each)), ...points.filter(isWanted).map(asked)]
  writeFileSync(file, `${JSON.stringify(found, null, 2)}\n`)
  draw('growth-time', 'Time an update', 'seconds', found, ({ seconds }) => seconds)
  draw('growth-memory', 'Memory of the whole process', 'GB', found, ({ gigabytes }) => gigabytes)
}

/** Measures one point in a process with the memory settings of one that teaches, and prints its row. */
function asked(point: Point): Measured {
  const args = ['--point', JSON.stringify(point), '--updates', values.updates, '--threads', values.threads]
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/run-ts.mjs', 'bench/growth.ts', ...args], {
    encoding: 'utf8',
    env: childEnvironment(process.env),
  })
  if (status !== 0) throw new Error(`Cannot measure ${JSON.stringify(point)}:\n${stderr}`)
  const { series, value, tokens, millions, seconds, gflop, gigabytes, load } = JSON.parse(stdout) as Measured
  const rate = Math.round(gflop / seconds)
  console.log(`| ${[series, value, tokens, millions, seconds, gflop, rate, gigabytes, load].join(' | ')} |`)
  return { series, value, tokens, millions, seconds, gflop, gigabytes, load }
}

async function measured(point: Point): Promise<Measured> {
  const shape = { model_type: 't5', feed_forward_proj: 'gated-gelu', tie_word_embeddings: false, dropout_rate: 0.1 }
  const config = parseT5Config({ ...shape, ...point.model }, 'a model')
  const architecture = t5Architecture(config)
  const optimizer = { name: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 } as const
  const holding = { engine: cpuEngine, threads: Number(values.threads) }
  const pass = new LessonPass(await initialWeights(architecture, 1, optimizer, holding), { dropout: 0.1, seed: 1 })
  const random = seededRandom(1)
  const ids = (count: number): Int32Array =>
    Int32Array.from({ length: count }, () => 3 + random.below(config.vocabSize - 3))
  const seconds: number[] = []
  for (let at = 0; at <= Number(values.updates); at++) {
    const rows = Array.from({ length: point.batch }, () => ({ source: ids(point.source), target: ids(point.target) }))
    const begun = performance.now()
    await pass.update(rows, at, 1e-4)
    if (at > 0) seconds.push((performance.now() - begun) / 1000)
  }
  await pass.release()
  const lengths = Array.from({ length: point.batch }, (): Lengths => [point.source, point.target])
  const parameters = architecture.parameters.reduce((sum, { shape: its }) => sum + elementCount(its), 0)
  const peak = Number(/VmHWM:\s+(\d+)/u.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024
  return {
    series: point.series,
    value: point.value,
    tokens: point.batch * (point.source + point.target),
    millions: Number((parameters / 1e6).toFixed(1)),
    seconds: Number(median(seconds).toFixed(3)),
    gflop: Math.round(batchFlops(config, lengths) / 1e9),
    gigabytes: Number((peak / 1e9).toFixed(2)),
    load: Math.round(loadavg()[0]!),
  }
}

function draw(
  name: string,
  title: string,
  unit: string,
  found: readonly Measured[],
  of: (each: Measured) => number,
): void {
  const panels = Object.entries(axes).flatMap(([series, label]): CurvePanel[] => {
    const points = found
      .filter((each) => each.series === series)
      .map((each) => ({ x: Number(series === 'model' ? each.millions : each.value), y: of(each) }))
      .map(({ x, y }) => ({ x, y, low: y, high: y }))
    if (points.length === 0) return []
    const curves = [{ style: seriesStyle(0), points, spread: 'whiskers', marks: true }] as const
    const [x, y] = [{ label, scale: 'linear' } as const, { label: '', scale: 'linear' } as const]
    return [{ kind: 'curves', title: unit, x, y, curves, empty: 'nothing measured' }]
  })
  const notes = ['Medians. All but what is varied: Flan-T5-small with 32,128 pieces, 8 rows of 64 and 16 tokens.']
  const figure: Figure = { name, kind: 'scores', title, panels, legend: [], notes, data: { header: [], rows: [] } }
  writeFileSync(join(values.out, `${name}.svg`), figureSvg(figure))
}
