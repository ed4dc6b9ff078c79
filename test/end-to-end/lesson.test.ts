import { appendFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import type { Evaluation, Judgement, TeachRequest, TeachResult } from '../../src/lesson/protocol.ts'
import { stoppedSentence } from '../../src/lesson/stopped-sentence.ts'
import { type LessonHooks, LessonInterrupted, teachLesson } from '../../src/train/lesson.ts'
import { predictFile } from '../../src/train/predict.ts'
import { fixture } from '../rig/study-folder.ts'

const model = fixture('models/tiny-flan-t5')
const words = ['red', 'house', 'small', 'green', 'river', 'boat', 'stone', 'bird']

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-lesson-'))
  for (const [name, from, to] of [
    ['train', 0, 24],
    ['validation', 24, 40],
  ] as const) {
    const lines = Array.from({ length: to - from }, (_, i) => {
      const word = (at: number): string => words[((from + i) * at + at) % words.length]!
      return `${JSON.stringify({ source: `${word(1)} ${word(2)} ${word(3)}`, target: word(1) })}\n`
    })
    writeFileSync(join(folder, `${name}.jsonl`), lines.join(''))
  }
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const generation = { maxNewTokens: 6 }

/** Eight updates of a lesson with dropout, evaluated after every second one. */
function request(name: string, change: Partial<TeachRequest> = {}): TeachRequest {
  const answers = {
    name: 'words',
    sources: join(folder, 'validation.jsonl'),
    prefix: 'word: ',
    rows: 7,
    batch: 3,
    generation,
  }
  return {
    start: { folder: model },
    lesson: {
      learningRate: 3e-3,
      weightDecay: 0,
      adamBeta1: 0.9,
      adamBeta2: 0.999,
      adamEpsilon: 1e-8,
      maxGradNorm: 1,
      schedule: 'constant',
      warmupSteps: 0,
      steps: 8,
      batch: 4,
      maxSource: 32,
      maxTarget: 8,
      dropout: 0.1,
      order: 'shuffle',
      seed: 3,
    },
    train: { pairs: join(folder, 'train.jsonl'), prefix: 'word: ' },
    validation: { pairs: join(folder, 'validation.jsonl'), prefix: 'word: ' },
    evaluate: { every: 2, by: 'highest-value', answers: [answers] },
    keep: 'best',
    outFolder: join(folder, name),
    stateFolder: join(folder, `${name}.state`),
    threads: 1,
    ...change,
  }
}

const teach = (of: TeachRequest, hooks: Partial<LessonHooks> = {}): Promise<TeachResult> =>
  teachLesson(of, { onEvent: () => {}, shouldStop: () => false, ...hooks })

test('teachLesson() writes nothing more once the lesson has become another process’s', async () => {
  let asked = 0
  const confirm = (): void => {
    if (++asked > 5) throw new Error('not mine')
  }
  await expect(teach(request('lost', { evaluate: undefined as never }), { confirm })).rejects.toThrow('not mine')
  expect(readFileSync(join(folder, 'lost.state/log.jsonl'), 'utf8').trimEnd().split('\n')).toHaveLength(3)
  expect(readdirSync(join(folder, 'lost.state'))).toEqual(['log.jsonl'])
})

test('teachLesson() leaves a state alone that has become another process’s before it begins', async () => {
  let left = 4
  const plain = request('lost', { evaluate: undefined as never, keep: 'last' })
  await expect(teach(plain, { shouldStop: () => --left === 0 })).rejects.toThrow(LessonInterrupted)
  const state = join(folder, 'lost.state')
  for (const name of ['best-99.bin', 'state.bin.tmp-99-00']) writeFileSync(join(state, name), 'theirs')
  appendFileSync(join(state, 'log.jsonl'), '{"step":99}\n')
  const before = readdirSync(state).map((name) => [name, readFileSync(join(state, name)).length])
  const confirm = (): void => {
    throw new Error('not mine')
  }
  await expect(teach(plain, { confirm })).rejects.toThrow('not mine')
  expect(readdirSync(state).map((name) => [name, readFileSync(join(state, name)).length])).toEqual(before)
})

const log = (name: string): string => readFileSync(join(folder, name, 'evaluations.jsonl'), 'utf8')

/** Says that the evaluations are worth these values, one after the other, and counts them in its memory. */
const judging =
  (values: readonly number[], seen: Evaluation[] = []) =>
  async (evaluation: Evaluation): Promise<Judgement> => {
    seen.push(evaluation)
    const number = (evaluation.memory as number | undefined) ?? 0
    return { value: values[number]!, scores: { worth: values[number]! }, notes: { number }, memory: number + 1 }
  }

describe('teachLesson() with answers', () => {
  it('keeps the checkpoint that its judge values most, and leaves the weights alone', async () => {
    const judged = await teach(request('judged'), { judge: judging([1, 5, 2, 4]) })
    expect(judged.best).toEqual({ step: 4, value: 5 })
    const { lesson } = request('')
    const plain = await teach(
      request('plain', { lesson: { ...lesson, steps: 4 }, evaluate: { every: 2, by: 'loss' }, keep: 'last' }),
    )
    expect(judged.weightsSha256).toBe(plain.weightsSha256)
    const lines = log('judged')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object)
    expect(lines).toHaveLength(4)
    expect(lines[1]).toEqual({ step: 4, loss: expect.any(Number), scores: { worth: 5 }, number: 1 })
  }, 60_000)

  it('takes the lowest value where less is better, and the lower loss of equal values', async () => {
    const { evaluate } = request('')
    const lowest = await teach(request('lowest', { evaluate: { ...evaluate!, by: 'lowest-value' } }), {
      judge: judging([3, 2, 2, Number.NaN]),
    })
    const losses = log('lowest')
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { loss: number }).loss)
    expect(losses[2]).toBeLessThan(losses[1]!)
    expect(lowest.best).toEqual({ step: 6, value: 2 })
  }, 60_000)

  it('gives the answers that the kept model gives afterwards, of rows spread over the file', async () => {
    const seen: Evaluation[] = []
    await teach(request('answers', { keep: 'last' }), { judge: judging([0, 0, 0, 0], seen) })
    const out = join(folder, 'predictions.jsonl')
    const sources = join(folder, 'validation.jsonl')
    await predictFile(
      { model: join(folder, 'answers'), sources, prefix: 'word: ', batch: 16, generation, out },
      () => {},
    )
    const after = readFileSync(out, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object)
    const [last] = seen.at(-1)!.answers
    expect(last!.rows).toEqual([0, 2, 4, 6, 9, 11, 13])
    expect(last!.predictions).toEqual(last!.rows.map((row) => after[row]))
    for (const { tokens, finish } of last!.predictions) expect(finish).toBe(tokens === 6 ? 'limit' : 'end')
    expect(seen.map(({ step, steps }) => [step, steps])).toEqual([2, 4, 6, 8].map((step) => [step, 8]))
  }, 60_000)

  it('repeats an evaluation in which it was stopped, and ends with the same bits', async () => {
    const values = [1, 5, 2, 7]
    const whole = await teach(request('whole'), { judge: judging(values) })
    // Each update asks once and each evaluation three times: 2 + 3 + 2 + 1 is within the second evaluation.
    for (const [name, calls] of [
      ['within', 9],
      ['last', 19],
      ['update', 6],
    ] as const) {
      let left = calls
      const stopped = teach(request(name), { judge: judging(values), shouldStop: () => --left === 0 })
      await expect(stopped).rejects.toThrow(LessonInterrupted)
      const resumed = await teach(request(name), { judge: judging(values) })
      expect(resumed).toMatchObject({ best: whole.best, weightsSha256: whole.weightsSha256 })
      expect(log(name)).toBe(log('whole'))
    }
    const lost = teach(request('lost'), { judge: async () => undefined })
    await expect(lost).rejects.toThrow(LessonInterrupted)
    expect((await teach(request('lost'), { judge: judging(values) })).weightsSha256).toBe(whole.weightsSha256)
    expect(log('lost')).toBe(log('whole'))
  }, 120_000)

  it('stops early where its evaluations become no better, with the same bits after it was interrupted', async () => {
    const values = [1, 5, 2, 4, 9, 9, 9, 9]
    const eight = await teach(request('eight'), { judge: judging(values) })
    const { lesson } = request('')
    const stopping = (name: string): TeachRequest => request(name, { lesson: { ...lesson, steps: 16, stopAfter: 2 } })
    const told: string[] = []
    const onEvent: LessonHooks['onEvent'] = (event) => {
      if (event.type === 'stopped') told.push(stoppedSentence(event))
    }
    const whole = await teach(stopping('early'), { judge: judging(values), onEvent })
    expect(whole).toMatchObject({ steps: 8, plannedSteps: 16, best: { step: 4, value: 5 } })
    expect(whole.weightsSha256).toBe(eight.weightsSha256)
    expect(told).toEqual([
      'Stopped early after 8 of 16 updates, as its last 2 evaluations were no better than the best before',
    ])
    expect(log('early').trimEnd().split('\n').at(-1)).toContain('"stopped":true')
    // After the evaluation that was the first to be no better, and within the one that ends the lesson.
    for (const calls of [16, 19]) {
      let left = calls
      const name = `early-${calls}`
      const stopped = teach(stopping(name), { judge: judging(values), shouldStop: () => --left === 0 })
      await expect(stopped).rejects.toThrow(LessonInterrupted)
      const { seconds: _, ...resumed } = await teach(stopping(name), { judge: judging(values) })
      expect(resumed).toMatchObject({ steps: 8, plannedSteps: 16, weightsSha256: whole.weightsSha256 })
      expect(log(name)).toBe(log('early'))
    }
    const least = request('least', { lesson: { ...lesson, stopAfter: 1, minDelta: 4 } })
    expect(await teach(least, { judge: judging(values) })).toMatchObject({ steps: 4, best: { step: 4, value: 5 } })
  }, 120_000)

  it('stores nothing where it was stopped before its first update', async () => {
    const stopped = teach(request('none'), { judge: judging([1]), shouldStop: () => true })
    await expect(stopped).rejects.toThrow(LessonInterrupted)
    expect(readdirSync(join(folder, 'none.state'))).toEqual([])
  }, 60_000)

  it('begins anew, and says so, where its state was damaged', async () => {
    const values = [1, 5, 2, 7]
    const whole = await teach(request('whole'), { judge: judging(values) })
    const flip = (bytes: Buffer, at: number): Buffer => {
      bytes[at]! ^= 1
      return bytes
    }
    for (const [name, file, damage] of [
      ['weights', 'state.bin', (bytes) => flip(bytes, bytes.length - 5)],
      ['header', 'state.bin', (bytes) => flip(bytes, 3)],
      ['cut', 'state.bin', (bytes) => bytes.subarray(0, bytes.length - 1)],
      ['empty', 'state.bin', () => Buffer.alloc(0)],
      ['zeros', 'state.bin', (bytes) => Buffer.alloc(bytes.length)],
      ['best', 'best-4.bin', (bytes) => flip(bytes, 1000)],
    ] as [string, string, (bytes: Buffer) => Buffer][]) {
      let left = 16
      const stopped = teach(request(name), { judge: judging(values), shouldStop: () => --left === 0 })
      await expect(stopped).rejects.toThrow(LessonInterrupted)
      const path = join(folder, `${name}.state`, file)
      writeFileSync(path, damage(readFileSync(path)))
      const said: string[] = []
      const onEvent: LessonHooks['onEvent'] = (event) => {
        if (event.type === 'warning') said.push(event.message)
        if (event.type === 'started') said.push(`from ${event.resumedAt}`)
      }
      const again = await teach(request(name), { judge: judging(values), onEvent })
      expect(said).toEqual([`The saved state in "${path}" is damaged: the lesson begins anew`, 'from 0'])
      expect(again.weightsSha256).toBe(whole.weightsSha256)
    }
  }, 120_000)

  it('goes on from its state whatever the order of its settings, and not from that of other settings', async () => {
    let left = 6
    const judge = judging([1, 5, 2, 7])
    await expect(teach(request('same'), { judge, shouldStop: () => --left === 0 })).rejects.toThrow(LessonInterrupted)
    const { lesson } = request('')
    const reversed = Object.fromEntries(Object.entries(lesson).reverse()) as unknown as typeof lesson
    const resumedAt = async (change: Partial<TeachRequest>): Promise<number> => {
      let from = -1
      const onEvent: LessonHooks['onEvent'] = (event) => {
        if (event.type === 'started') from = event.resumedAt
      }
      await expect(teach(request('same', change), { judge, onEvent, shouldStop: () => true })).rejects.toThrow(
        LessonInterrupted,
      )
      return from
    }
    expect(await resumedAt({ lesson: reversed })).toBeGreaterThan(0)
    expect(await resumedAt({ lesson: { ...lesson, weightDecay: 0.5 } })).toBe(0)
  }, 60_000)

  it('goes on from its state where its files lie elsewhere, and says so where it does not', async () => {
    const judge = judging([1, 5, 2, 7])
    const whole = await teach(request('whole', { contents: 'these' }), { judge })
    let left = 6
    const stopped = teach(request('moved', { contents: 'these' }), { judge, shouldStop: () => --left === 0 })
    await expect(stopped).rejects.toThrow(LessonInterrupted)
    const before = folder
    folder = `${before}-moved`
    renameSync(before, folder)
    const said: string[] = []
    const onEvent: LessonHooks['onEvent'] = (event) => {
      if (event.type === 'warning') said.push(event.message)
      if (event.type === 'started') said.push(`from ${event.resumedAt}`)
    }
    const asked = request('moved', { contents: 'others' })
    await expect(teach(asked, { judge, onEvent, shouldStop: () => true })).rejects.toThrow(LessonInterrupted)
    const state = join(folder, 'moved.state', 'state.bin')
    expect(said.splice(0)).toEqual([
      `The saved state in "${state}" is of other settings: the lesson begins anew`,
      'from 0',
    ])
    const resumed = await teach(request('moved', { contents: 'these' }), { judge, onEvent })
    expect(said).toEqual([expect.stringMatching(/^from [1-9]/u)])
    expect(resumed.weightsSha256).toBe(whole.weightsSha256)
  }, 60_000)

  it('ends with the sentence of its judge when that says stop', async () => {
    const judge = async ({ step }: Evaluation): Promise<Judgement> =>
      step === 4 ? { value: 0, stop: 'The lesson has collapsed' } : { value: 0 }
    await expect(teach(request('stopped'), { judge })).rejects.toThrow('The lesson has collapsed')
  }, 60_000)
})

describe('teachLesson()', () => {
  it('keeps no weights that its last update has spoiled', async () => {
    const spoiling = { ...request('spoiled').lesson, learningRate: 1e300, steps: 1 }
    const { evaluate: _, validation: __, ...plain } = request('spoiled', { lesson: spoiling, keep: 'last' })
    await expect(teach(plain)).rejects.toThrow(
      /Cannot use the taught weights as ".+" holds a number that is not finite after update 1: lower the learning rate/,
    )
    await expect(teach(request('measured', { lesson: spoiling }))).rejects.toThrow(
      /Cannot use the taught weights as the validation loss is (NaN|-?Infinity) after update 1/,
    )
  }, 60_000)
})

describe('teachLesson() with label smoothing', () => {
  it('measures the validation loss as it is taught, smoothed', async () => {
    const { lesson, train } = request('')
    const lossesOf = async (name: string, labelSmoothing: number) => {
      const settings = { ...lesson, learningRate: 0, dropout: 0, steps: 1, batch: 24, labelSmoothing }
      await teach(
        request(name, { lesson: settings, validation: train, evaluate: { every: 1, by: 'loss' }, keep: 'last' }),
      )
      const [taught, validated] = ['log.jsonl', 'evaluations.jsonl'].map(
        (file) => (JSON.parse(readFileSync(join(folder, name, file), 'utf8')) as { loss: number }).loss,
      )
      expect(validated! / taught!).toBeCloseTo(1, 5)
      return validated!
    }
    expect(Math.abs((await lossesOf('smoothed', 0.3)) - (await lossesOf('plain', 0)))).toBeGreaterThan(0.1)
  }, 60_000)
})

describe('teachLesson() with an optimizer that has its own rate', () => {
  it("teaches and logs at that rate, whatever the lesson's", async () => {
    const { lesson } = request('')
    const own = { optimizer: 'adafactor', adafactorRelativeStep: true, adafactorWarmupInit: true } as const
    const rates: number[] = []
    const onEvent: LessonHooks['onEvent'] = (event) => {
      if (event.type === 'step') rates.push(event.learningRate)
    }
    const short = { keep: 'last', lesson: { ...lesson, ...own, steps: 3 } } as const
    const { validation: _, evaluate: __, ...alone } = request('own', short)
    await teach(alone, { onEvent })
    expect(rates).toEqual([1e-6, 2e-6, 3e-6])
    const logged = readFileSync(join(folder, 'own', 'log.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
    expect(logged.map((line) => (JSON.parse(line) as { learning_rate: number }).learning_rate)).toEqual(rates)
  }, 60_000)
})
