import { expect, test } from 'vitest'
import type { Pass, Teacher } from '../engine/engine.ts'
import type { Example } from '../model/family.ts'
import { batchOnce } from './examples/order.ts'
import { LessonPass } from './lesson-pass.ts'
import type { TaughtWeights } from './model-memory.ts'

test('LessonPass.update() gives the passes of the update that comes next to an engine that asks for them, and packs none else', async () => {
  const { pass, seen, packed } = taughtBy(1)
  await pass.update([example(3), example(2)], 4, 0.1, () => [example(5), example(6)])
  expect(seen.map(({ dropout }) => [dropout.step, dropout.pass])).toEqual([
    [4, 0],
    [4, 1],
    [5, 0],
  ])
  expect(packed).toEqual([3, 2, 6])

  const other = taughtBy(0)
  await other.pass.update([example(3), example(2)], 4, 0.1, () => {
    throw new Error('asked for without need')
  })
  expect(other.packed).toEqual([3, 2])
})

test('LessonPass.update() makes what its engine has asked for before once, for that batch alone', async () => {
  const { pass, seen, packed } = taughtBy(1)
  const made: number[] = []
  const batchAt = batchOnce((step) => {
    made.push(step)
    return step === 3 ? [] : [example(10 * step + 1), example(10 * step + 2), example(10 * step + 3)]
  })
  for (const step of [0, 1, 2]) await pass.update(batchAt(step), step, 0.1, () => batchAt(step + 1))
  expect(made).toEqual([0, 1, 2, 3])
  expect(packed).toEqual([3, 2, 1, 13, 12, 11, 23, 22, 21])
  const plain = taughtBy(0)
  for (const step of [0, 1, 2]) await plain.pass.update([...batchAt(step)], step, 0.1)
  // The passes of the updates themselves, those that were asked for before among them, are what they are without asking.
  const ofUpdates = seen.filter((_, at) => at !== 3 && at !== 7)
  expect(ofUpdates).toEqual(plain.seen)

  packed.length = 0
  await pass.update([example(1)], 5, 0.1, () => [example(4)])
  await pass.update([example(5)], 6, 0.1)
  expect(packed).toEqual([1, 4, 5])
})

/** @param wanted how many passes of the next update the engine asks for */
function taughtBy(wanted: number) {
  const seen: Pass[] = []
  const packed: number[] = []
  const teacher: Pick<Teacher, 'update'> = {
    async update(passes, _, next = []) {
      seen.push(...passes)
      let asked = 0
      if (wanted > 0) {
        for (const each of next) {
          seen.push(each)
          if (++asked === wanted) break
        }
      }
      return { nll: 1, gradNorm: 1 }
    },
  }
  const architecture = {
    dropoutRate: 0.1,
    hasShortTargets: () => false,
    packBatch: ([first]: Example[]) => {
      packed.push(first!.source.length)
      return { inputs: {}, extents: {} }
    },
  }
  const model = { mostElements: Number.POSITIVE_INFINITY, teacher: () => teacher }
  const weights = { architecture, model, warnings: [] } as unknown as TaughtWeights
  return { pass: new LessonPass(weights, { seed: 1, microBatch: 1 }), seen, packed }
}

function example(tokens: number): Example {
  return { source: new Int32Array(tokens), target: new Int32Array(2) }
}
