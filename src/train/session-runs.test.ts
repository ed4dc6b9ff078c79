import { expect, test, vi } from 'vitest'
import { parityCases, plain, plainAdamW } from '../../test/rig/trajectory.ts'
import { cpuEngine } from '../engine/cpu/cpu-engine.ts'
import { GraphSession } from '../engine/cpu/session.ts'
import { LessonPass } from './lesson-pass.ts'
import { loadTaughtWeights } from './model-memory.ts'

test('LessonPass.update() runs a session once a pass, and makes no more than two for all updates', async () => {
  const made = vi.spyOn(GraphSession, 'create')
  const run = vi.spyOn(GraphSession.prototype, 'run')
  const { model } = parityCases[0]!
  const weights = await loadTaughtWeights(model, plainAdamW, { engine: cpuEngine })
  const pass = new LessonPass(weights, { ...plain, dropout: 0.1, microBatch: 2 })
  const examples = [3, 4, 5, 6, 7].map((id) => ({ source: Int32Array.of(id, 1), target: Int32Array.of(id, 1) }))
  for (const step of [0, 1]) await pass.update(examples, step, 1e-3)
  expect(run).toHaveBeenCalledTimes(2 * 3)
  expect(made).toHaveBeenCalledTimes(2)
})
