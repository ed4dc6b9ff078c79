import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { teach, tryLesson } from './teach.ts'

it('teach() does not take "keep: best" without pairs to choose by', async () => {
  const options = { model: 'm', data: 'd.jsonl', learningRate: 1e-3, steps: 1, batch: 2, keep: 'best' } as const
  const sentence = 'Cannot keep the best checkpoint without validation pairs: give "validation", or leave "keep" out'
  for (const begin of [teach, tryLesson]) {
    await expect(begin({ ...options, out: join(tmpdir(), 'reteach-none') })).rejects.toThrow(sentence)
  }
})
