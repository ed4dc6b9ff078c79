import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { copyingEngine } from '../../test/rig/copying-engine.ts'
import { readTensors } from '../../test/rig/goldens.ts'
import { fixture } from '../../test/rig/study-folder.ts'
import { plainAdamW } from '../../test/rig/trajectory.ts'
import { cpuEngine } from '../engine/cpu/cpu-engine.ts'
import type { Engine } from '../engine/engine.ts'
import { saveModelFolder } from '../pretrained/save-model.ts'
import { loadTokenizer } from '../pretrained/tokenizer-folder.ts'
import { Generator } from './answers/generator.ts'
import { readExamples } from './examples/examples.ts'
import { LessonPass } from './lesson-pass.ts'
import { LessonState } from './lesson-state.ts'
import { LossPass } from './loss-pass.ts'
import { loadTaughtWeights } from './model-memory.ts'

const model = fixture('models/small-silu')
const pairs = fixture('parity/small-silu/trajectory-pairs.jsonl')
const progress = { lesson: 'a', stepsDone: 2, seconds: 0, logLines: 0, evaluationLines: 0, evaluationDue: false }

/** Teaches, stores, goes on in another process's stead, keeps a best checkpoint, measures, answers and saves. */
async function wholeLesson(engine: Engine, folder: string) {
  const load = () => loadTaughtWeights(model, plainAdamW, { engine, threads: 1 })
  const examples = await readExamples(
    { pairs },
    loadTokenizer(model),
    { vocabSize: 1e9 },
    { maxSource: 40, maxTarget: 20 },
    1,
  )
  const batch = (step: number) => [0, 1, 2, 3, 4].map((i) => examples.at(step * 5 + i, 0))
  const settings = { seed: 3, dropout: 0.1, microBatch: 2 }
  const first = await load()
  const losses: number[] = []
  const before = new LessonPass(first, settings)
  for (let step = 0; step < 2; step++) losses.push((await before.update(batch(step), step, 0.01)).loss)
  await new LessonState(folder, first).save(progress)

  const weights = await load()
  const state = new LessonState(folder, weights)
  expect(await state.restore('a', () => {})).toEqual(progress)
  const pass = new LessonPass(weights, settings)
  losses.push((await pass.update(batch(2), 2, 0.01)).loss)
  await state.saveBest(3)
  losses.push((await pass.update(batch(3), 3, 0.01)).loss)
  await state.restoreBest(3)
  const tokenLosses = await new LossPass(weights).tokenLosses(batch(4))
  const sources = examples.count > 8 ? [0, 1, 2, 3, 4, 5, 6, 7].map((i) => examples.at(i, 0).source) : []
  const generator = new Generator(weights)
  // Twice, as a lesson does: nothing that a batch has given back is used for the next.
  const answers = [
    await generator.greedy(sources, { maxNewTokens: 16 }),
    await generator.greedy(sources, { maxNewTokens: 8, repetitionPenalty: 1.3 }),
  ]
  const beams = [
    await generator.beams(sources, { maxNewTokens: 16, numBeams: 3, earlyStopping: true, numReturnSequences: 2 }),
    await generator.beams(sources, { maxNewTokens: 8, numBeams: 2, noRepeatNgramSize: 2 }),
  ]
  const { sha256 } = await saveModelFolder(join(folder, 'out'), {
    architecture: weights.architecture,
    read: (name) => weights.model.parts(name),
  })
  return { losses, tokenLosses, answers, beams, sha256 }
}

test('a lesson has the same bits on an engine whose memory is out of reach', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-engine-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const near = await wholeLesson(cpuEngine, join(folder, 'near'))
  expect(await wholeLesson(copyingEngine, join(folder, 'far'))).toEqual(near)
  expect(near.losses).toHaveLength(4)
  expect(near.beams[0]!.every((answers) => answers.length === 2)).toBe(true)
  expect(near.answers[0]!.some((sequence) => sequence.length > 3)).toBe(true)
  expect((await readTensors(join(folder, 'far/out/model.safetensors'))).size).toBeGreaterThan(20)
})
