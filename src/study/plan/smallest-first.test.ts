import { expect, it } from 'vitest'
import { seededRandom } from '../../base/random.ts'
import { SmallestFirst } from './smallest-first.ts'

it('SmallestFirst gives items back in the order of their numbers, whenever they come', () => {
  const random = seededRandom(7)
  const queue = new SmallestFirst<number>()
  const left: number[] = []
  for (let turn = 0; turn < 500; turn++) {
    if (random.uniform() < 0.6) {
      const number = random.below(40)
      queue.add(number, number)
      left.push(number)
    } else {
      left.sort((a, b) => a - b)
      expect(queue.first).toBe(left[0])
      expect(queue.take()).toBe(left.shift())
    }
    expect(queue.size).toBe(left.length)
  }
})
