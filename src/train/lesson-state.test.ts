import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { plainDevices } from '../../test/rig/plain-devices.ts'
import { fixture } from '../../test/rig/study-folder.ts'
import { bytesOf } from '../base/bytes-of.ts'
import { engineFor } from '../engine/backends/backends.ts'
import { lessonFromOptions } from '../lesson/lesson-settings.ts'
import { loadTokenizer } from '../pretrained/tokenizer-folder.ts'
import { readExamples } from './examples/examples.ts'
import { LessonPass } from './lesson-pass.ts'
import {
  dropUnusedBest,
  type LessonProgress,
  LessonState,
  secondsBetweenStates,
  threadsOfState,
} from './lesson-state.ts'
import { lessonSize } from './memory/lesson-size.ts'
import { loadTaughtWeights, type TaughtWeights } from './model-memory.ts'
import { optimizerOf } from './optimizer-of.ts'

describe('secondsBetweenStates()', () => {
  it('is five minutes, and more where storing takes more than a hundredth of that', () => {
    expect([0, 0.5, 3].map(secondsBetweenStates)).toEqual([300, 300, 300])
    expect(secondsBetweenStates(20)).toBe(2000)
  })
})

const model = fixture('models/small-silu')
const pairs = fixture('parity/small-silu/trajectory-pairs.jsonl')
const progress: LessonProgress = {
  lesson: 'a',
  stepsDone: 3,
  seconds: 0,
  logLines: 0,
  evaluationLines: 0,
  evaluationDue: false,
}

describe('LessonState', () => {
  const optimizers = [
    {},
    { optimizer: 'adafactor' },
    { optimizer: 'adafactor', adafactorBeta1: 0.9, adafactorScaleParameter: true, adafactorRelativeStep: true },
  ] as const
  const cases = plainDevices.flatMap((device) => optimizers.map((optimizer) => [optimizer, device] as const))

  it.each(cases)('goes on to the same bits with %j on %s', async (options, device) => {
    const folder = mkdtempSync(join(tmpdir(), 'reteach-state-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const lesson = lessonFromOptions({ learningRate: 0.01, weightDecay: 0.1, batch: 4, steps: 6, ...options })
    const optimizer = optimizerOf(lesson)
    const load = async () => await loadTaughtWeights(model, optimizer, { engine: await engineFor(device) })
    const examples = await readExamples({ pairs }, loadTokenizer(model), { vocabSize: 1e9 }, lesson, 1)
    const teach = async (weights: TaughtWeights, from: number, to: number): Promise<void> => {
      const pass = new LessonPass(weights, { seed: 3, dropout: 0.1 })
      for (let step = from; step < to; step++) {
        await pass.update(
          [0, 1, 2, 3].map((i) => examples.at(step * 4 + i, 0)),
          step,
          0.01,
        )
      }
      await pass.release()
    }
    const whole = await load()
    await teach(whole, 0, 3)
    await new LessonState(folder, whole).save(progress)
    const { parameters, optimizerBytes } = lessonSize(whole.architecture, optimizer)
    // Beside these there are the header and which rows have been taught.
    expect(Math.abs(statSync(join(folder, 'state.bin')).size - parameters * 4 - optimizerBytes)).toBeLessThan(4000)
    await teach(whole, 3, 6)

    const resumed = await load()
    const damage: string[] = []
    const found = await new LessonState(folder, resumed).restore('a', (sentence) => damage.push(sentence))
    expect(found).toEqual(progress)
    expect(damage).toEqual([])
    await teach(resumed, 3, 6)
    for (const { name } of whole.architecture.parameters) {
      const [first, second] = [await whole.model.read(name), await resumed.model.read(name)]
      expect(Buffer.from(bytesOf(second)).equals(bytesOf(first)), name).toBe(true)
    }
  })

  it('goes on from no state that is damaged or another lesson’s, and computes with the threads of its own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reteach-state-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const optimizer = optimizerOf(lessonFromOptions({ learningRate: 0.01, batch: 4, steps: 6 }))
    const weights = await loadTaughtWeights(model, optimizer, { engine: await engineFor('cpu') })
    const computer = { threads: 3, processor: 'x', runtime: 'y' }
    const own = { ...progress, lesson: '{"a":1,"b":2}', computer }
    await new LessonState(folder, weights).save(own)
    const warnings: string[] = []
    const restored = (lesson = own.lesson) =>
      new LessonState(folder, weights).restore(lesson, (sentence) => warnings.push(sentence))
    expect(await restored()).toEqual(own)
    expect(await restored('{"b":2,"a":1}')).toEqual(own)
    expect(await restored('{"a":1,"b":3}')).toBeUndefined()
    expect(threadsOfState(folder, '{"b":2,"a":1}')).toBe(3)
    expect(threadsOfState(folder, '{"a":1,"b":3}')).toBeUndefined()
    const path = join(folder, 'state.bin')
    const bytes = readFileSync(path)
    const flipped = Uint8Array.from(bytes)
    flipped[bytes.length - 100]! ^= 1
    const longHeader = Uint8Array.from(bytes)
    longHeader[3] = 0x7f
    for (const damaged of [flipped, longHeader, bytes.subarray(0, -1), bytes.subarray(0, 6), Buffer.alloc(0)]) {
      writeFileSync(path, damaged)
      expect(await restored()).toBeUndefined()
    }
    const told = (what: string) => `The saved state in "${path}" is ${what}: the lesson begins anew`
    expect(warnings).toEqual([told('of other settings'), ...Array.from({ length: 5 }, () => told('damaged'))])
    expect(threadsOfState(folder, own.lesson)).toBeUndefined()
  })

  it('keeps the best weights that its stored state names and the newest, and goes on from no state without them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reteach-state-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const optimizer = optimizerOf(lessonFromOptions({ learningRate: 0.01, batch: 4, steps: 6 }))
    const weights = await loadTaughtWeights(model, optimizer, { engine: await engineFor('cpu') })
    const best = (): string[] => readdirSync(folder).filter((name) => name.startsWith('best-'))
    const state = new LessonState(folder, weights)
    expect(await state.restore('"a"', () => {})).toBeUndefined()
    for (const step of [1, 2, 3]) await state.saveBest(step)
    expect(best()).toEqual(['best-3.bin'])
    const named = { ...progress, lesson: '"a"', best: { step: 3, value: 1, loss: 1 } }
    await state.save(named)
    for (const step of [4, 5]) await state.saveBest(step)
    expect(best()).toEqual(['best-3.bin', 'best-5.bin'])

    // As a lesson that ends on its way leaves it.
    dropUnusedBest(folder)
    expect(best()).toEqual(['best-3.bin'])
    await state.saveBest(5)

    const resumed = new LessonState(folder, weights)
    expect(await resumed.restore('"a"', () => {})).toEqual(named)
    expect(best()).toEqual(['best-3.bin'])
    for (const step of [4, 6]) await resumed.saveBest(step)
    expect(best()).toEqual(['best-3.bin', 'best-6.bin'])

    // Another lesson in the same folder leaves what the first goes on from, until it has a state of its own.
    const other = new LessonState(folder, weights)
    expect(await other.restore('"b"', () => {})).toBeUndefined()
    await other.saveBest(1)
    expect(best()).toEqual(['best-1.bin', 'best-3.bin'])
    expect(await new LessonState(folder, weights).restore('"a"', () => {})).toEqual(named)

    writeFileSync(join(folder, 'state.bin'), '')
    dropUnusedBest(folder)
    expect(best()).toEqual(['best-3.bin'])

    // A state without the best weights that it names would end with others.
    await new LessonState(folder, weights).save(named)
    const warnings: string[] = []
    const restored = () => new LessonState(folder, weights).restore('"a"', (sentence) => warnings.push(sentence))
    const bestFile = join(folder, 'best-3.bin')
    const bytes = readFileSync(bestFile)
    bytes[100]! ^= 1
    writeFileSync(bestFile, bytes)
    expect(await restored()).toBeUndefined()
    rmSync(bestFile)
    expect(await restored()).toBeUndefined()
    const told = `The saved state in "${bestFile}" is damaged: the lesson begins anew`
    expect(warnings).toEqual([told, told])

    rmSync(join(folder, 'state.bin'))
    expect(await new LessonState(folder, weights).restore('"a"', () => {})).toBeUndefined()
    expect(best()).toEqual([])
  })
})
