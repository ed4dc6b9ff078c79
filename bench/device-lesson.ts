// Teaches each parity model a few updates on a device and on the processor, and prints how far apart gradients, losses and
// weights are, one JSON line a model; then whether the same lesson has the same bits twice.
//
//   node scripts/run-ts.mjs bench/device-lesson.ts [--device webgpu] [--steps 4] [--models tiny-t5,tiny-mt5]
import { readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { seededRandom } from '../src/base/random.ts'
import { type Device, engineFor } from '../src/engine/backends/backends.ts'
import type { OptimizerSettings } from '../src/engine/optimizer.ts'
import type { Example } from '../src/model/family.ts'
import { Generator } from '../src/train/answers/generator.ts'
import { LessonPass } from '../src/train/lesson-pass.ts'
import { loadTaughtWeights } from '../src/train/model-memory.ts'
import { relativeError } from '../test/rig/goldens.ts'
import { plainAdafactor, plainAdamW } from '../test/rig/trajectory.ts'

const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'webgpu' },
    steps: { type: 'string', default: '4' },
    models: { type: 'string' },
  },
})
const folder = 'test/fixtures/models'
const names = values.models?.split(',') ?? readdirSync(folder).filter((name) => !name.includes('.'))
const optimizers: readonly OptimizerSettings[] = [plainAdamW, plainAdafactor].map((one) => ({
  ...one,
  weightDecay: 0.01,
}))
for (const model of names) {
  for (const optimizer of optimizers) {
    const near = await teach('cpu', model, optimizer)
    const far = await teach(values.device as Device, model, optimizer)
    const again = await teach(values.device as Device, model, optimizer)
    console.log(
      JSON.stringify({
        model,
        optimizer: optimizer.name,
        gradients: worst(near.gradients, far.gradients),
        weights: worst(near.weights, far.weights),
        loss: Math.max(...near.losses.map((loss, at) => Math.abs(far.losses[at]! - loss))),
        answersEqual: near.answers === far.answers,
        beamsEqual: near.beams === far.beams,
        sameBitsTwice: [...far.weights].every(([name, data]) =>
          Buffer.from(data.buffer).equals(Buffer.from(again.weights.get(name)!.buffer)),
        ),
        milliseconds: far.milliseconds,
      }),
    )
  }
}

async function teach(device: Device, model: string, optimizer: OptimizerSettings) {
  const weights = await loadTaughtWeights(`${folder}/${model}`, optimizer, { engine: await engineFor(device) })
  const tensors = async (read: (name: string) => Promise<Float32Array>) => {
    const found = new Map<string, Float32Array>()
    for (const { name } of weights.architecture.parameters) found.set(name, (await read(name)).slice())
    return found
  }
  const random = seededRandom(5)
  const pass = new LessonPass(weights, { seed: 3, dropout: 0.1, microBatch: 4 })
  const batches = Array.from({ length: Number(values.steps) }, () => Array.from({ length: 6 }, () => example(random)))
  await pass.gradients(batches[0]!, 0)
  const gradients = await tensors((name) => pass.teacher.gradient(name))
  const losses: number[] = []
  const begun = performance.now()
  for (const [step, batch] of batches.entries()) {
    losses.push((await pass.update(batch, step, 3e-3, () => batches[step + 1] ?? [])).loss)
  }
  const milliseconds = Math.round((performance.now() - begun) / batches.length)
  const generator = new Generator(weights)
  const sources = batches.flat().map(({ source }) => source)
  const answers = JSON.stringify((await generator.greedy(sources, { maxNewTokens: 8 })).map((ids) => [...ids]))
  const found = await generator.beams(sources, { maxNewTokens: 8, numBeams: 3 })
  const beams = JSON.stringify(found.map((each) => each.map(({ sequence }) => [...sequence])))
  await generator.release()
  await pass.release()
  return { gradients, weights: await tensors((name) => weights.model.read(name)), losses, answers, beams, milliseconds }
}

/** A learnable task: the target is the source's first tokens backwards. */
function example(random: ReturnType<typeof seededRandom>): Example {
  const source = Int32Array.from({ length: 6 + random.below(20) }, () => 3 + random.below(40))
  const target = [...source.subarray(0, 4 + random.below(3))].reverse()
  return { source: Int32Array.from([...source, 1]), target: Int32Array.from([...target, 1]) }
}

function worst(a: ReadonlyMap<string, Float32Array>, b: ReadonlyMap<string, Float32Array>): number {
  return Math.max(...[...a].map(([name, data]) => relativeError(b.get(name)!, data)))
}
