import { describe, expect, it } from 'vitest'
import { plainAdamW } from '../../../test/rig/trajectory.ts'
import type { Architecture } from '../../model/family.ts'
import { fittingPasses } from '../../model/fitting-passes.ts'
import { parseT5Config } from '../../model/t5/config.ts'
import { t5Architecture } from '../../model/t5/t5-family.ts'
import { LessonMemory } from './lesson-memory.ts'
import { passBoundOf, UsualPasses } from './usual-passes.ts'

const small = { d_model: 512, d_kv: 64, d_ff: 1024, num_layers: 8, num_heads: 6, feed_forward_proj: 'gated-gelu' }
const batchOf = (count: number, source: number, target: number) =>
  Array.from({ length: count }, () => ({ source: new Int32Array(source), target: new Int32Array(target) }))

/** Counted once for each vocabulary. */
const counted = new Map<number, { architecture: Architecture; memory: LessonMemory }>()

function memoryOf(vocabulary: number) {
  const known = counted.get(vocabulary)
  if (known !== undefined) return known
  const sizes = { ...small, vocab_size: vocabulary, tie_word_embeddings: false }
  const architecture = t5Architecture(parseT5Config({ model_type: 't5', ...sizes }, 'here'))
  const memory = new LessonMemory({ architecture, optimizer: plainAdamW, lesson: { dropout: 0.1 } })
  counted.set(vocabulary, { architecture, memory })
  return { architecture, memory }
}

function rowsAPass(vocabulary: number, source: number, target: number, count = 16): number[] {
  const { architecture, memory } = memoryOf(vocabulary)
  const weights = { architecture, model: { mostElements: Number.POSITIVE_INFINITY } }
  const batch = batchOf(count, source, target)
  return fittingPasses(weights, batch, count, new UsualPasses(() => memory)).map((places) => places.length)
}

describe('UsualPasses', () => {
  it('cuts batches of Flan-T5-small where a pass would take more than 1 GB, into passes that are alike', () => {
    expect(rowsAPass(32_128, 60, 10)).toEqual([16])
    expect(rowsAPass(32_128, 150, 14)).toEqual([16])
    expect(rowsAPass(32_128, 230, 14)).toEqual([8, 8])
    expect(rowsAPass(32_128, 512, 20)).toEqual([4, 4, 4, 4])
    expect(rowsAPass(32_128, 512, 20, 3)).toEqual([3])
  })

  it('lets a larger model have larger passes, as each adds to all of its gradients', () => {
    expect(rowsAPass(250_112, 230, 14)).toEqual([16])
    expect(rowsAPass(250_112, 40, 35)).toEqual([16])
    expect(rowsAPass(250_112, 512, 20)).toEqual([8, 8])
  })

  it('bounds lessons on the processor that say nothing of their passes', () => {
    const [none, given] = [() => memoryOf(32_128).memory, { fits: () => true }]
    expect(passBoundOf({}, none)).toBeInstanceOf(UsualPasses)
    expect(passBoundOf({ device: 'cpu' }, none, given)).toBeInstanceOf(UsualPasses)
    expect(passBoundOf({ device: 'webgpu' }, none)).toBeUndefined()
    expect(passBoundOf({ device: 'cpu', microBatch: 2 }, none, given)).toBe(given)
  })

  it('counts no memory for batches of up to 2,048 padded tokens, but asks a bound that is given', () => {
    const uncounted = () => {
      throw new Error('Counted')
    }
    expect(new UsualPasses(uncounted).fits(batchOf(16, 114, 14))).toBe(true)
    expect(() => new UsualPasses(uncounted).fits(batchOf(16, 115, 14))).toThrow('Counted')
    expect(new UsualPasses(uncounted, { fits: (examples) => examples.length < 3 }).fits(batchOf(3, 5, 5))).toBe(false)
  })
})
