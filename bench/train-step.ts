// Times teaching T5-small-sized models (random weights) on the workloads of the peer, batch for batch those of its mode
// "best": forward, backward, clipping, AdamW and schedule with dropout 0.1, everything included.
//
//   npm run bench -- --workload workloads.json [--tasks a2t-flan,reviews-flan] [--steps 4] [--threads 2] [--device webgpu] [--json]
//     [--pieces 30000]
//
// --pieces teaches as many pieces of the vocabulary alone, as a lesson with `trim_vocab: auto` does, and then holds the whole model as well.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { seededRandom } from '../src/base/random.ts'
import { adapterInUse } from '../src/devices/adapter-in-use.ts'
import { type Device, defaultDevice, engineFor } from '../src/engine/backends/backends.ts'
import type { Engine } from '../src/engine/engine.ts'
import { GraphBuilder } from '../src/graph/builder.ts'
import { learningRateAt } from '../src/lesson/schedule.ts'
import type { Architecture, Example } from '../src/model/family.ts'
import { parseT5Config, type T5Config } from '../src/model/t5/config.ts'
import { t5Architecture } from '../src/model/t5/t5-family.ts'
import { LessonPass } from '../src/train/lesson-pass.ts'
import { LessonMemory } from '../src/train/memory/lesson-memory.ts'
import { passBoundOf } from '../src/train/memory/usual-passes.ts'
import { initialWeights } from '../src/train/model-memory.ts'
import { adamw } from './adamw.ts'
import { batchFlops } from './batch-flops.ts'
import { isOwnProcess } from './own-process.ts'
import { pythonShuffle } from './python-random.ts'
import type { Lengths } from './workloads.ts'

interface Workloads {
  models: Record<string, Record<string, number>>
  tasks: Record<string, { model: string; lengths: Lengths[] }>
}

const { values } = parseArgs({
  options: {
    workload: { type: 'string' },
    tasks: { type: 'string' },
    steps: { type: 'string', default: '4' },
    threads: { type: 'string', default: '2' },
    pieces: { type: 'string' },
    device: { type: 'string', default: defaultDevice },
    json: { type: 'boolean', default: false },
  },
})
const batchSize = 16

if (isOwnProcess('bench/train-step.ts')) await main()

async function main(): Promise<void> {
  if (values.workload === undefined) throw new Error('Cannot run without --workload FILE')
  const workloads = JSON.parse(readFileSync(values.workload, 'utf8')) as Workloads
  const names = values.tasks?.split(',') ?? Object.keys(workloads.tasks)
  const threads = Number(values.threads)
  const engine = await engineFor(values.device as Device)
  for (const name of names) {
    const task = workloads.tasks[name]
    const sizes = task && workloads.models[task.model]
    if (!task || !sizes) throw new Error(`Cannot find task "${name}" in ${values.workload}`)
    const config = parseT5Config(
      { model_type: 't5', feed_forward_proj: 'gated-gelu', tie_word_embeddings: false, dropout_rate: 0.1, ...sizes },
      values.workload,
    )
    const result = await timeTask(engine, config, task.lengths, Number(values.steps), threads)
    const adapter = values.device === defaultDevice ? undefined : adapterInUse()
    const line = {
      task: name,
      model: task.model,
      mode: 'best',
      peer: `reteach, onnxruntime-node ${engine.runtime.version}`,
      device: values.device,
      ...(adapter && { adapter }),
      ...result,
      // A program in a card's place would take minutes for it.
      ...(adapter?.software ? {} : { gemm_gflops: round(await gemmRate(engine, threads), 1) }),
      rss_gb: round((process.resourceUsage().maxRSS * 1024) / 1e9, 2),
    }
    console.log(values.json ? JSON.stringify(line) : describe(line))
  }
}

function describe(line: Record<string, unknown>): string {
  return `${line.task}: ${line.seconds_per_step} s a step, ${line.examples_per_s} examples/s, ${line.gflops} GFLOP/s (GEMM alone ${line.gemm_gflops ?? 'not measured'}), ${line.rss_gb} GB`
}

async function timeTask(engine: Engine, config: T5Config, lengths: Lengths[], steps: number, threads: number) {
  const whole = t5Architecture(config)
  const taught =
    values.pieces === undefined ? whole : whole.withPieces(Int32Array.from(Array(Number(values.pieces)).keys()))
  const weights = await initialWeights(taught, 1, adamw, { engine, threads })
  const memory = { architecture: taught, optimizer: adamw, lesson: { dropout: 0.1 } }
  const bound = passBoundOf({ device: values.device as Device }, () => new LessonMemory(memory))
  const pass = new LessonPass(weights, { dropout: 0.1, seed: 1 }, bound)
  const random = seededRandom(1)
  const ids = (count: number): Int32Array =>
    Int32Array.from({ length: count }, () => 3 + random.below(taught.vocabSize - 3))
  const seconds: number[] = []
  let mostOnDevice = 0
  let lastLoss = 0
  let tokens = 0
  const flops: number[] = []
  const picked = pickBatches(lengths, steps)
  const batches = picked.map((batch): Example[] =>
    batch.map(([source, target]) => ({ source: ids(source), target: ids(target) })),
  )
  for (const [at, batch] of picked.entries()) {
    const begun = performance.now()
    const { loss } = await pass.update(
      batches[at]!,
      at,
      learningRateAt({ learningRate: 5e-4, schedule: 'linear', warmupSteps: 0 }, at, 1000),
      () => batches[at + 1] ?? [],
    )
    lastLoss = loss
    mostOnDevice = Math.max(mostOnDevice, engine.bytesOnDevice())
    if (at === 0) continue // the first step makes the session ready
    seconds.push((performance.now() - begun) / 1000)
    tokens += batch.reduce((sum, [source, target]) => sum + source + target, 0)
    flops.push(batchFlops({ ...config, vocabSize: taught.vocabSize }, batch))
  }
  await pass.release()
  if (taught !== whole) await holdWhole(engine, whole)
  const total = seconds.reduce((a, b) => a + b, 0)
  return {
    steps: seconds.length,
    seconds_per_step: round(total / seconds.length, 5),
    each: seconds.map((value) => round(value, 5)),
    examples_per_s: round((batchSize * seconds.length) / total, 2),
    real_tokens_per_s: round(tokens / total, 1),
    gflops: round(flops.reduce((a, b) => a + b, 0) / total / 1e9, 1),
    gflop_each: flops.map((value) => round(value / 1e9, 1)),
    last_loss: lastLoss,
    on_device_gb: round(mostOnDevice / 1e9, 2),
  }
}

/** What a trimmed lesson saves: all of its memory is touched. */
async function holdWhole(engine: Engine, { parameters, fillStart }: Architecture): Promise<void> {
  const held = await engine.hold(parameters, {})
  for (const { name } of parameters) await held.write(name, (data) => fillStart(name, 1, data))
}

/** The peer's batches: sorted by source length, cut, and taken evenly over the length range after one to warm up. */
function pickBatches(lengths: Lengths[], steps: number): Lengths[][] {
  const sorted = [...lengths].sort((a, b) => b[0] - a[0])
  const batches: Lengths[][] = []
  for (let i = 0; i + batchSize <= sorted.length; i += batchSize) batches.push(sorted.slice(i, i + batchSize))
  pythonShuffle(batches, 1)
  const longest = (batch: Lengths[]): number => Math.max(...batch.map(([source]) => source))
  batches.sort((a, b) => longest(a) - longest(b))
  const evenly = Array.from({ length: steps }, (_, i) => batches[Math.floor(((i + 0.5) * batches.length) / steps)]!)
  return [batches[Math.floor(batches.length / 2)]!, ...evenly]
}

/** What this machine reaches in one large matrix product through the same runtime, in GFLOP/s. */
async function gemmRate(engine: Engine, threads: number): Promise<number> {
  const size = 2048
  const g = new GraphBuilder()
  const y = g.gemm(g.input('a', 'float', [size, size]), g.input('b', 'float', [size, size]))
  // A device is done when something is read from it.
  g.output('sum', g.reduceSum(y, [0, 1], false))
  const model = await engine.hold([], { threads })
  const session = await model.session({ graph: g, parameters: [] })
  const x = await model.hold({ type: 'float', data: new Float32Array(size * size).fill(0.5), dims: [size, size] })
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < 8; i++) {
    const begun = performance.now()
    await session.run({ a: x, b: x }, { read: ['sum'] })
    best = Math.min(best, performance.now() - begun)
  }
  await session.release()
  return (2 * size ** 3) / best / 1e6
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
