import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as ort from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import { engineFor } from '../../src/engine/backends/backends.ts'
import type { OptimizerSettings } from '../../src/engine/optimizer.ts'
import { DeviceTensor } from '../../src/engine/webgpu/device-tensor.ts'
import { TaughtGroup } from '../../src/engine/webgpu/groups/taught-group.ts'
import { download, upload } from '../../src/engine/webgpu/small-graphs.ts'
import type { Example } from '../../src/model/family.ts'
import { Generator } from '../../src/train/answers/generator.ts'
import { LessonPass } from '../../src/train/lesson-pass.ts'
import { LossPass } from '../../src/train/loss-pass.ts'
import { loadTaughtWeights, loadWeights, type TaughtWeights } from '../../src/train/model-memory.ts'
import { readTensors, relativeError } from '../rig/goldens.ts'
import { useSoftwareAdapter } from '../rig/software-adapter.ts'
import { fixture } from '../rig/study-folder.ts'
import { type ForwardGolden, goldenExamples, plain, plainAdafactor, plainAdamW, relative } from '../rig/trajectory.ts'

// A card in software computes some forty times slower than the processor's engine: so there is one small model here, and few
// updates. scripts/webgpu-parity.mjs has all models and all of their goldens, and .ci/run runs it.
const model = fixture('models/small-relu')
const golden = (file: string): string => fixture(join('parity/small-relu', file))
const forward = JSON.parse(readFileSync(golden('forward.json'), 'utf8')) as ForwardGolden
const examples = goldenExamples(forward).slice(0, 3)
const load = async (optimizer: OptimizerSettings, device: 'cpu' | 'webgpu'): Promise<TaughtWeights> =>
  await loadTaughtWeights(model, optimizer, { engine: await engineFor(device), threads: 1 })
const lesson = { seed: 3, dropout: 0.1, microBatch: 2 }

// Some fifty seconds of processor time in all, which a busy machine makes several minutes.
describe.skipIf(!useSoftwareAdapter())('on a graphics card', { timeout: 600_000 }, () => {
  test('a lesson has the reference’s losses and gradients', async () => {
    const all = goldenExamples(forward)
    const weights = await load(plainAdamW, 'webgpu')
    const pass = new LessonPass(weights, { ...plain, dropout: 0 })
    expect(relative(await pass.gradients(all, 0), forward.loss)).toBeLessThan(1e-5)
    for (const [name, gradient] of await readTensors(golden('gradients.safetensors'))) {
      expect(relativeError(await pass.teacher.gradient(name), gradient), name).toBeLessThan(1e-4)
    }
    const losses = await new LossPass(weights).tokenLosses(all)
    losses.forEach((each, b) => {
      expect(relative(each.reduce((a, c) => a + c, 0) / each.length, forward.per_example_loss[b]!)).toBeLessThan(1e-5)
    })
  })

  test('a lesson that goes on from a stored state ends with the bits of one that was left alone, near the processor’s', async () => {
    const near = await load(plainAdamW, 'cpu')
    const expected = await updates(near, [0, 1])
    const whole = await load(plainAdamW, 'webgpu')
    const losses = await updates(whole, [0, 1])
    losses.forEach((loss, at) => {
      expect(relative(loss, expected[at]!)).toBeLessThan(1e-5)
    })

    const killed = await load(plainAdamW, 'webgpu')
    await updates(killed, [0])
    const state: Uint8Array[] = []
    await killed.model.saveState((bytes) => state.push(bytes.slice()))
    const resumed = await load(plainAdamW, 'webgpu')
    await resumed.model.restoreState(1, (bytes) => bytes.set(state.shift()!))
    expect(state).toHaveLength(0)
    expect(await updates(resumed, [1])).toEqual(losses.slice(1))
    for (const { name } of whole.architecture.parameters) {
      const data = await whole.model.read(name)
      expect(await resumed.model.read(name), name).toEqual(data)
      expect(relativeError(data, await near.model.read(name)), name).toBeLessThan(1e-4)
    }
  })

  test('Adafactor is the processor’s, with a first moment and weight decay', async () => {
    const adafactor = { ...plainAdafactor, weightDecay: 0.01 }
    const [near, far] = [await load(adafactor, 'cpu'), await load(adafactor, 'webgpu')]
    const [expected, losses] = [await updates(near, [0, 1]), await updates(far, [0, 1])]
    expect(relative(losses[1]!, expected[1]!)).toBeLessThan(1e-5)
    for (const { name } of near.architecture.parameters) {
      expect(relativeError(await far.model.read(name), await near.model.read(name)), name).toBeLessThan(1e-5)
    }
  })

  test('a norm that is not finite leaves everything as it was', async () => {
    const { architecture, model: held } = await load(plainAdamW, 'webgpu')
    const teacher = held.teacher((accumulate) =>
      architecture.lessonGraph({ gradients: true, dropout: false, accumulate, dialect: held.dialect }),
    )
    const { inputs, extents } = architecture.packBatch(examples)
    const dropout = { probability: 0, seed: 1, step: 0, pass: 0 }
    const { name } = architecture.parameters[0]!
    const before = await held.read(name)
    const { gradNorm } = await teacher.update([{ inputs, extents, lossScale: Number.POSITIVE_INFINITY, dropout }], 0.1)
    expect(Number.isFinite(gradNorm)).toBe(false)
    expect(held.updatesDone).toBe(0)
    expect(await held.read(name)).toEqual(before)
  })

  test('answers are the processor’s, greedy and by beams', async () => {
    const answers = async (device: 'cpu' | 'webgpu') => {
      const generator = new Generator(await loadWeights(model, { engine: await engineFor(device), threads: 1 }))
      const sources = examples.map(({ source }) => source)
      const greedy = await generator.greedy(sources, { maxNewTokens: 5, repetitionPenalty: 1.3 })
      const beams = await generator.beams(sources, { maxNewTokens: 5, numBeams: 2 })
      return [greedy.map((ids) => [...ids]), beams.map((found) => found.map(({ sequence }) => [...sequence]))]
    }
    expect(await answers('webgpu')).toEqual(await answers('cpu'))
  })

  test('what a lesson holds on the device is given back', async () => {
    const engine = await engineFor('webgpu')
    const before = engine.bytesOnDevice()
    const weights = await load(plainAdamW, 'webgpu')
    const held = engine.bytesOnDevice() - before
    await updates(weights, [0, 1])
    // Parameters, their stacks and both moments: no gradient, mask or activation.
    expect(engine.bytesOnDevice() - before).toBeLessThanOrEqual(4 * held)
  })

  test('a table that is updated some rows at a time gets the bits of one that is updated as a whole, and has the same arrays', async () => {
    const engine = await engineFor('webgpu')
    const held = engine.bytesOnDevice()
    const group = { names: ['table'], shape: [7, 3], decay: true }
    const settings = { ...plainAdamW, weightDecay: 0.01 }
    const floats = (begin: number) => Float32Array.from({ length: 21 }, (_, at) => Math.sin(begin + at))
    const [whole, parts] = [21, 6].map((most) => new TaughtGroup(group, settings, most)) as [TaughtGroup, TaughtGroup]
    const found: number[][][] = []
    for (const taught of [whole, parts]) {
      let table = await upload(floats(1), [7, 3])
      for (const number of [1, 2]) {
        const gradient = await upload(floats(10 * number), [1, 7, 3])
        const [updated] = await taught.update([table], gradient, { number, learningRate: 0.01, gradientScale: 0.5 })
        for (const tensor of [table, gradient]) tensor.release()
        table = updated!
      }
      const numbers = await Promise.all([table, ...(await taught.arrays())].map(numbersOf))
      found.push([numbers[0]!, numbers.slice(1).flat()])
      table.release()
      taught.forgetStack()
      taught.replaceArrays([])
      await taught.release()
    }
    expect(found[0]![0]).not.toEqual([...floats(1)])
    expect(found[1]).toEqual(found[0])
    expect(engine.bytesOnDevice()).toBe(held)
  })

  test('DeviceTensor refuses a view of other elements, and any use after its release', async () => {
    const engine = await engineFor('webgpu')
    const before = engine.bytesOnDevice()
    const tensor = await upload(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3])
    expect(engine.bytesOnDevice() - before).toBe(24)
    expect(() => tensor.view([7])).toThrow('Cannot view a device tensor of [2,3] as [7]')
    const view = tensor.view([6])
    tensor.release()
    expect(engine.bytesOnDevice() - before).toBe(24)
    expect(() => tensor.toOrt()).toThrow('that was released')
    expect(() => tensor.release()).toThrow('that was released')
    view.release()
    expect(engine.bytesOnDevice()).toBe(before)
    expect(() => DeviceTensor.adopt(new ort.Tensor('float32', Float32Array.of(1), [1]))).toThrow('lies in cpu')
  })

  test('no node of the lesson graph leaves the device but some about shapes and ids', () => {
    const args = ['scripts/run-ts.mjs', 'scripts/device-placements.ts', join(model, 'config.json')]
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 26 })
    const sections = (stdout + stderr).split('Node(s) placed on [')
    const placed = sections.find((section) => section.startsWith('CPUExecutionProvider'))!
    const nodes = [...placed.matchAll(/\]\s+(\w+) \(\w+\)/gu)].map(([, op]) => op).sort()
    expect(nodes).toEqual(['Cast', 'Cast', 'Equal', 'Equal', 'Shape', 'Unsqueeze', 'Where', 'Where'])
  })
})

async function numbersOf(tensor: DeviceTensor): Promise<number[]> {
  const numbers: number[] = []
  await download(tensor, (part) => numbers.push(...part))
  return numbers
}

/** @returns the losses */
async function updates(weights: TaughtWeights, steps: readonly number[]): Promise<number[]> {
  const pass = new LessonPass(weights, lesson)
  const losses: number[] = []
  // The next one's masks are drawn ahead, but for the one where the lesson goes on.
  for (const step of steps) {
    losses.push((await pass.update(batchAt(step), step, 0.01, () => batchAt(step + 1))).loss)
  }
  await pass.release()
  return losses
}

/** Another order each time: the passes of an update differ. */
function batchAt(step: number): Example[] {
  return examples.map((_, at) => examples[(at + step) % examples.length]!)
}
