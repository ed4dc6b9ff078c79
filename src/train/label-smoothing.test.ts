import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readTensors, relativeError } from '../../test/rig/goldens.ts'
import { fixture } from '../../test/rig/study-folder.ts'
import type { ForwardGolden, TrajectoryGolden } from '../../test/rig/trajectory.ts'
import { goldenExamples, parityCases, plainAdamW, relative, runTrajectory } from '../../test/rig/trajectory.ts'
import { engineFor } from '../engine/backends/backends.ts'
import { LessonPass } from './lesson-pass.ts'
import { LossPass } from './loss-pass.ts'
import { loadTaughtWeights, loadWeights } from './model-memory.ts'

const smoothed = readdirSync(fixture('label-smoothing'))
const cases = parityCases.filter(({ name }) => smoothed.includes(name))

test('every golden of label smoothing has its model and pairs', () => {
  expect(smoothed.length).toBeGreaterThan(0)
  expect([...new Set(cases.map(({ name }) => name))].sort()).toEqual(smoothed.sort())
})

describe.each(cases)('label smoothing, $name on $device', ({ name, golden, model, device }) => {
  const file = (of: string): string => join(fixture('label-smoothing'), name, of)
  const json = <T>(of: string): T => JSON.parse(readFileSync(file(of), 'utf8')) as T
  const forward = json<ForwardGolden & { label_smoothing: number }>('forward.json')
  const examples = goldenExamples(forward)

  test('LossPass.tokenLosses() has the mean of LabelSmoother within 1e-5', async () => {
    const weights = await loadWeights(model, { engine: await engineFor(device) })
    const losses = await new LossPass(weights, forward.label_smoothing).tokenLosses(examples)
    const all = losses.flatMap((each) => [...each])
    expect(relative(all.reduce((sum, loss) => sum + loss, 0) / all.length, forward.loss)).toBeLessThan(1e-5)
  })

  test('LessonPass.update() follows the reference for 24 updates: losses and norms within 2e-4, weights within 1e-3', async () => {
    const trajectory = json<TrajectoryGolden>('trajectory.json')
    const { weights, steps } = await runTrajectory({ model, device }, golden('trajectory-pairs.jsonl'), trajectory)
    expect(trajectory.steps).toHaveLength(24)
    trajectory.steps.forEach((expected, at) => {
      expect(relative(steps[at]!.loss, expected.loss), `loss ${at}`).toBeLessThan(2e-4)
      expect(relative(steps[at]!.gradNorm, expected.grad_norm), `norm ${at}`).toBeLessThan(2e-4)
    })
    const final = await readTensors(file('trajectory-final.safetensors'))
    expect([...final.keys()].sort()).toEqual(weights.architecture.parameters.map((spec) => spec.name).sort())
    for (const [parameter, expected] of final) {
      expect(relativeError(await weights.model.read(parameter), expected), parameter).toBeLessThan(1e-3)
    }
  })

  test('LessonPass.gradients() are those of the mean over the whole batch, in passes of one example, too', async () => {
    const engine = await engineFor(device)
    const found = []
    for (const microBatch of [examples.length, 1]) {
      const weights = await loadTaughtWeights(model, plainAdamW, { engine })
      const labelSmoothing = forward.label_smoothing
      const pass = new LessonPass(weights, { seed: 1, dropout: 0, labelSmoothing, microBatch })
      found.push({ loss: await pass.gradients(examples, 0), norm: await pass.teacher.gradientNorm() })
    }
    expect(relative(found[0]!.loss, forward.loss)).toBeLessThan(1e-5)
    expect(relative(found[1]!.loss, found[0]!.loss)).toBeLessThan(1e-6)
    expect(relative(found[1]!.norm, found[0]!.norm)).toBeLessThan(1e-5)
  })
})
