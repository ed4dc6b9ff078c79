import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { bytesOf } from '../../src/base/bytes-of.ts'
import { engineFor } from '../../src/engine/backends/backends.ts'
import { LessonPass } from '../../src/train/lesson-pass.ts'
import { loadTaughtWeights } from '../../src/train/model-memory.ts'
import {
  type ForwardGolden,
  goldenExamples,
  parityCases,
  plain,
  plainAdamW,
  relative,
  runTrajectory,
  type TrajectoryGolden,
} from '../rig/trajectory.ts'

type DropoutGolden = Record<
  string,
  { passes: number; loss_mean: number; loss_std: number; grad_norm_mean: number; grad_norm_std: number }
>

describe.each(parityCases)('$name on $device', ({ name, golden, model, device }) => {
  const json = <T>(file: string): T => JSON.parse(readFileSync(golden(file), 'utf8')) as T
  // The small models' own losses move by up to 1.2e-5 when the reference repeats them in float64.
  const drift = name.startsWith('tiny-') ? 1e-5 : 3e-5
  const examples = goldenExamples(json<ForwardGolden>('forward.json'))

  test('LessonPass.update() gives the same losses when batches are split, and the same bits when repeated', async () => {
    const trajectory = json<TrajectoryGolden>('trajectory.json')
    const pairs = golden('trajectory-pairs.jsonl')
    const whole = await runTrajectory({ model, device }, pairs, trajectory)
    const again = await runTrajectory({ model, device }, pairs, trajectory)
    for (const { name } of whole.weights.architecture.parameters) {
      const [first, second] = [await whole.weights.model.read(name), await again.weights.model.read(name)]
      expect(Buffer.from(bytesOf(second)).equals(bytesOf(first))).toBe(true)
    }
    for (const microBatch of [1, 3]) {
      const split = await runTrajectory({ model, device }, pairs, trajectory, microBatch)
      whole.steps.forEach((step, at) => {
        expect(relative(split.steps[at]!.loss, step.loss), `micro-batch ${microBatch}, loss ${at}`).toBeLessThan(drift)
      })
    }
  })

  test(
    'dropout at every site gives the reference’s distribution of loss and gradient norm over 600 masks',
    async () => {
      const expected = json<DropoutGolden>('dropout.json')
      // The graphs are the same at either rate; the larger one shows a wrong site the more.
      for (const rate of name.startsWith('tiny-') ? ['0.1', '0.3'] : ['0.3']) {
        const { passes, ...moments } = expected[rate]!
        const weights = await loadTaughtWeights(model, plainAdamW, { engine: await engineFor(device), threads: 1 })
        const pass = new LessonPass(weights, { ...plain, dropout: Number(rate) })
        const losses: number[] = []
        const norms: number[] = []
        for (let step = 0; step < passes; step++) {
          losses.push(await pass.gradients(examples, step))
          norms.push(await pass.teacher.gradientNorm())
        }
        // Both sides are samples: four standard errors of the difference of two means.
        const errors = (std: number): number => 4 * std * Math.sqrt(2 / passes)
        expect(Math.abs(mean(losses) - moments.loss_mean), `loss mean at ${rate}`).toBeLessThan(
          errors(moments.loss_std),
        )
        expect(relative(deviation(losses), moments.loss_std), `loss deviation at ${rate}`).toBeLessThan(0.15)
        expect(Math.abs(mean(norms) - moments.grad_norm_mean), `norm mean at ${rate}`).toBeLessThan(
          errors(moments.grad_norm_std),
        )
        expect(relative(deviation(norms), moments.grad_norm_std), `norm deviation at ${rate}`).toBeLessThan(0.15)
        await pass.release()
      }
    },
    device === 'webgpu' ? 14_400_000 : 240_000,
  )
})

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function deviation(values: readonly number[]): number {
  const center = mean(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1))
}
