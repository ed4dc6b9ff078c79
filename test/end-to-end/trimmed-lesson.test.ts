import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bytesOf } from '../../src/base/bytes-of.ts'
import { defaultDevice, engineFor } from '../../src/engine/backends/backends.ts'
import { putRows } from '../../src/graph/table-rows.ts'
import { lessonDefaults } from '../../src/lesson/lesson-settings.ts'
import type { TeachRequest } from '../../src/lesson/protocol.ts'
import { learningRateAt } from '../../src/lesson/schedule.ts'
import { loadTokenizer } from '../../src/pretrained/tokenizer-folder.ts'
import { readExamples } from '../../src/train/examples/examples.ts'
import { LessonInterrupted, teachLesson } from '../../src/train/lesson.ts'
import { LessonPass } from '../../src/train/lesson-pass.ts'
import { beginLesson } from '../../src/train/lesson-start.ts'
import { LossPass, meanLoss } from '../../src/train/loss-pass.ts'
import { loadWeights } from '../../src/train/model-memory.ts'
import { runCli } from '../rig/cli.ts'
import { copyingEngine } from '../rig/copying-engine.ts'
import { readTensors, relativeError } from '../rig/goldens.ts'
import { fixture, writeStudyFolder } from '../rig/study-folder.ts'
import { plainAdamW, relative, type TrajectoryGolden } from '../rig/trajectory.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-trimmed-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const json = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T
const goldens = readdirSync(fixture('trimmed-vocabulary')).map((name) => ({
  name,
  model: fixture(`models/${name}`),
  pairs: fixture(`parity/${name}/trajectory-pairs.jsonl`),
  golden: (file: string) => fixture(`trimmed-vocabulary/${name}/${file}`),
}))

function request(model: string, pairs: string, change: Partial<TeachRequest> = {}): TeachRequest {
  return {
    start: { folder: model },
    lesson: {
      ...lessonDefaults,
      learningRate: 5e-3,
      steps: 6,
      batch: 4,
      maxSource: 48,
      maxTarget: 24,
      trimVocab: 'auto',
    },
    train: { pairs },
    keep: 'last',
    outFolder: join(folder, 'out'),
    stateFolder: join(folder, 'state'),
    threads: 1,
    ...change,
  }
}

const hooks = { onEvent: () => {}, shouldStop: () => false }

describe.each(goldens)('a lesson with the pieces of its rows, $name', ({ model, pairs, golden }) => {
  test.each([
    ['the processor', () => engineFor(defaultDevice)],
    ['an engine whose memory is out of reach', async () => copyingEngine],
  ])(
    'follows a model in transformers whose tables were cut: losses and norms within 2e-4, weights within 1e-3; on %s',
    async (_, engineOf) => {
      const { steps, batch, lr, weight_decay } = json<TrajectoryGolden>(golden('trajectory.json'))
      const holding = { engine: await engineOf(), threads: 1 }
      const optimizer = { ...plainAdamW, weightDecay: weight_decay }
      const { weights, train, trimmed } = await beginLesson(
        request(model, pairs),
        { tokenizer: loadTokenizer(model), tokensPlace: undefined },
        optimizer,
        holding,
      )
      const { pieces, of } = json<{ pieces: number[]; of: number }>(golden('pieces.json'))
      expect(weights.architecture.vocabSize).toBe(pieces.length)
      expect(pieces.length).toBeLessThan(of)
      const pass = new LessonPass(weights, { seed: 6, dropout: 0 })
      const scheduled = { learningRate: lr, schedule: 'linear', warmupSteps: 0 } as const
      for (const [at, expected] of steps.entries()) {
        const rows = Array.from({ length: batch }, (_, i) => train.at((at * batch + i) % train.count, 0))
        const { loss, gradNorm } = await pass.update(rows, at, learningRateAt(scheduled, at, steps.length))
        expect(relative(loss, expected.loss), `loss ${at}`).toBeLessThan(2e-4)
        expect(relative(gradNorm, expected.grad_norm), `norm ${at}`).toBeLessThan(2e-4)
      }
      const whole = await trimmed!.whole()
      const before = await readTensors(join(model, 'model.safetensors'))
      for (const [name, expected] of await readTensors(golden('trajectory-final.safetensors'))) {
        expect(relativeError(await weights.model.read(name), expected), name).toBeLessThan(1e-3)
        // The rows of pieces that the lesson does not know are the start's to the bit, weight decay or not.
        const [taught, saved] = [await weights.model.read(name), await whole.model.read(name)]
        const expectedSaved = taught.length === saved.length ? taught : before.get(name)!.slice()
        if (expectedSaved !== taught) putRows(taught, Int32Array.from(pieces), expectedSaved)
        expect(Buffer.from(bytesOf(saved)).equals(bytesOf(expectedSaved)), name).toBe(true)
      }
    },
  )

  test('that was stopped ends with the same bits, saves a whole model, and tells the loss over all pieces', async () => {
    const whole = await teachLesson(request(model, pairs), hooks)
    let left = 4
    const again = request(model, pairs, { outFolder: join(folder, 'again'), stateFolder: join(folder, 'state-again') })
    await expect(teachLesson(again, { ...hooks, shouldStop: () => --left === 0 })).rejects.toThrow(LessonInterrupted)
    const resumed = await teachLesson(again, hooks)
    expect(resumed.weightsSha256).toBe(whole.weightsSha256)
    expect(resumed.trimmed).toEqual(whole.trimmed)
    const { of, loss, wholeLoss, rows } = whole.trimmed!
    expect([of, rows]).toEqual([json<{ of: number }>(golden('pieces.json')).of, 96])
    expect(wholeLoss).toBeGreaterThan(loss)
    const saved = await loadWeights(again.outFolder, { engine: await engineFor(defaultDevice), threads: 1 })
    expect(saved.architecture.vocabSize).toBe(of)
    const limits = { maxSource: 48, maxTarget: 24 }
    const examples = await readExamples({ pairs }, loadTokenizer(again.outFolder), saved.architecture, limits, 0)
    expect(await meanLoss(new LossPass(saved), examples, 4)).toBeCloseTo(wholeLoss, 5)
  })

  test('answers with all pieces at its evaluations, as the model that it leaves does', async () => {
    const answers = [
      { name: 'x', sources: pairs, rows: 4, batch: 4, generation: { maxNewTokens: 6, minNewTokens: 6 } },
    ] as unknown as NonNullable<NonNullable<TeachRequest['evaluate']>['answers']>
    const told: unknown[] = []
    const asked = request(model, pairs, {
      validation: { pairs },
      evaluate: { every: 6, by: 'highest-value', answers },
      outFolder: join(folder, 'answered'),
      stateFolder: join(folder, 'state-answered'),
    })
    const judge = async ({ answers }: { answers: readonly { predictions: unknown }[] }) => {
      told.push(answers[0]!.predictions)
      return { value: 1 }
    }
    await teachLesson(asked, { ...hooks, judge })
    const untouched = request(join(folder, 'answered'), pairs, {
      ...asked,
      start: { folder: join(folder, 'answered') },
      lesson: { ...asked.lesson, learningRate: 0, trimVocab: 'off' },
      outFolder: join(folder, 'second'),
      stateFolder: join(folder, 'state-second'),
    })
    await teachLesson(untouched, { ...hooks, judge })
    expect(told).toHaveLength(2)
    expect(told[1]).toEqual(told[0])
  })
})

test('a study with trim_vocab within a bound of memory says below its table what each chain comes to', async () => {
  const file = writeStudyFolder(join(folder, 'study'), (study) =>
    study
      .replace('batch: 8 }', 'batch: 8, trim_vocab: auto, memory: 2GB }')
      .replace(/chains:[\s\S]*$/u, 'chains:\n  - flan -> trans\n'),
  )
  const { out, err } = await runCli(['run', file, '--json'], { cwd: join(folder, 'study') })
  const told =
    /Taught with \d+ of 542 pieces: over these the loss of 30 rows is [\d.]+, over all of them, as the saved model answers, [\d.]+/u
  expect(err).toMatch(told)
  const { tables } = JSON.parse(out) as { tables: { notes: string[] }[] }
  expect(tables[0]!.notes[0]).toMatch(new RegExp(`^flan -> trans: ${told.source}\\.$`, 'u'))
}, 120_000)
