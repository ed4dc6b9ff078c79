import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readTensors, relativeError } from '../../test/rig/goldens.ts'
import { plainDevices } from '../../test/rig/plain-devices.ts'
import { fixture } from '../../test/rig/study-folder.ts'
import { relative, runUpdates } from '../../test/rig/trajectory.ts'
import { type AdafactorSettings, ownRate } from '../engine/optimizer.ts'
import { learningRateAt } from '../lesson/schedule.ts'

interface Golden {
  model: string
  lr: number | null
  weight_decay: number
  knobs: {
    scale_parameter: boolean
    relative_step: boolean
    warmup_init?: boolean
    beta1?: number
    decay_rate?: number
    clip_threshold?: number
    eps?: [number, number]
  }
  batch: number
  max_source: number
  max_target: number
  clip: number
  steps: { loss: number; grad_norm: number; lr: number }[]
}

const folder = fixture('adafactor')
const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
const cases = plainDevices.flatMap((device) => names.map(({ name }) => ({ name, device })))

function settingsOf({ weight_decay, clip, knobs }: Golden): AdafactorSettings {
  const { scale_parameter, relative_step, warmup_init = false, beta1 } = knobs
  const { decay_rate = -0.8, clip_threshold = 1, eps = [1e-30, 1e-3] } = knobs
  return {
    name: 'adafactor',
    maxGradNorm: clip,
    weightDecay: weight_decay,
    ...(beta1 === undefined ? {} : { beta1 }),
    decayRate: decay_rate,
    clipThreshold: clip_threshold,
    epsilon: eps,
    scaleParameter: scale_parameter,
    relativeStep: relative_step,
    warmupInit: warmup_init,
  }
}

describe.each(cases)('Adafactor, $name on $device', ({ name, device }) => {
  test('follows transformers for 24 updates: losses, norms, rates and weights within 2e-4, what has changed within 2e-3', async () => {
    const golden = JSON.parse(readFileSync(join(folder, name, 'trajectory.json'), 'utf8')) as Golden
    const optimizer = settingsOf(golden)
    const model = fixture(`models/${golden.model}`)
    const pairs = fixture(`parity/${golden.model}/trajectory-pairs.jsonl`)
    const scheduled = { learningRate: golden.lr ?? 0, schedule: 'linear', warmupSteps: 0 } as const
    const rateAt = (step: number): number =>
      ownRate(optimizer, step + 1) ?? learningRateAt(scheduled, step, golden.steps.length)
    const run = { optimizer, rateAt, updates: golden.steps.length }
    const { weights, before, steps } = await runUpdates({ model, device }, pairs, golden, run)
    expect(steps).toHaveLength(24)
    golden.steps.forEach((expected, at) => {
      expect(relative(steps[at]!.loss, expected.loss), `loss ${at}`).toBeLessThan(2e-4)
      expect(relative(steps[at]!.gradNorm, expected.grad_norm), `norm ${at}`).toBeLessThan(2e-4)
      expect(relative(steps[at]!.learningRate, expected.lr), `rate ${at}`).toBeLessThan(1e-12)
    })
    const final = await readTensors(join(folder, name, 'final.safetensors'))
    expect(final.size).toBe(weights.architecture.parameters.length)
    for (const [tensor, expected] of final) {
      const found = await weights.model.read(tensor)
      expect(relativeError(found, expected), tensor).toBeLessThan(2e-4)
      const start = before.get(tensor)!
      const change = (to: Float32Array): Float32Array => to.map((value, i) => value - start[i]!)
      expect(relativeError(change(found), change(expected)), `change of ${tensor}`).toBeLessThan(2e-3)
    }
  })
})
