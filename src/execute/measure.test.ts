import { totalmem } from 'node:os'
import { expect, it } from 'vitest'
import { jobsThatFit, sideBySide } from './measure.ts'

it('jobsThatFit() measures as many side by side as memory holds, one in any case, and one alone on a card', () => {
  expect(jobsThatFit(1, { jobs: 4 }, 'cpu')).toBe(4)
  expect(jobsThatFit(totalmem(), { jobs: 4 }, 'cpu')).toBe(1)
  expect(jobsThatFit(1, { jobs: 4 }, 'webgpu')).toBe(1)
})

it('sideBySide() ends the others when one fails, and tells the first failure once none is at work', async () => {
  const atWork = new Set<number>()
  const work = async (job: number, signal: AbortSignal): Promise<number> => {
    atWork.add(job)
    try {
      if (job === 1) throw new Error('no memory')
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => setTimeout(() => reject(new Error(`${job} was ended`)), 20))
      })
      return job
    } finally {
      atWork.delete(job)
    }
  }
  await expect(sideBySide(3, new AbortController().signal, work)).rejects.toThrow('no memory')
  expect([...atWork]).toEqual([])
  expect(await sideBySide(3, new AbortController().signal, async (job) => job)).toEqual([0, 1, 2])
})
