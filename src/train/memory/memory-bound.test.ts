import { describe, expect, it } from 'vitest'
import { parityCases, plain, plainAdamW } from '../../../test/rig/trajectory.ts'
import { cpuEngine } from '../../engine/cpu/cpu-engine.ts'
import { fittingPasses } from '../../model/fitting-passes.ts'
import { parseT5Config } from '../../model/t5/config.ts'
import { t5Architecture } from '../../model/t5/t5-family.ts'
import { LessonPass } from '../lesson-pass.ts'
import { loadTaughtWeights } from '../model-memory.ts'
import { LessonMemory } from './lesson-memory.ts'
import { MemoryBound, memoryBoundOf } from './memory-bound.ts'

const sizes = { d_model: 64, d_kv: 16, d_ff: 128, num_layers: 2, num_heads: 4, vocab_size: 30_000 }
const architecture = t5Architecture(parseT5Config({ model_type: 't5', ...sizes }, 'here'))
const memory = new LessonMemory({ architecture, optimizer: plainAdamW, lesson: {} })
const example = (source: number, target: number) => ({ source: new Int32Array(source), target: new Int32Array(target) })
const examples = (count: number, source: number, target: number) =>
  Array.from({ length: count }, () => example(source, target))

describe('LessonMemory.during()', () => {
  it('grows with examples, source tokens and target tokens, these in proportion to the vocabulary', () => {
    const one = memory.during([example(10, 10)])
    expect(memory.during(examples(2, 10, 10))).toBeGreaterThan(one)
    expect(memory.during([example(100, 10)])).toBeGreaterThan(one)
    const scores = memory.during([example(10, 110)]) - one
    expect(scores).toBeGreaterThan(100 * 30_000 * 4)
    expect(scores).toBeLessThan(4 * 100 * 30_000 * 4)
  })

  it('counts parameters, gradients and two moments from the start', () => {
    const elements = architecture.parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0)
    const other = new LessonMemory({ architecture, optimizer: plainAdamW, lesson: {}, wholeParameters: 1000 })
    expect(memory.heldBytes).toBeGreaterThan(16 * elements)
    expect(other.heldBytes - memory.heldBytes).toBe(4000)
  })
})

describe('MemoryBound', () => {
  it('says the least possible where the largest example does not fit, and takes that', () => {
    const rows = [example(5, 5), example(9, 2), example(4, 8)]
    const least = Math.max(...rows.map((row) => memory.during([row])))
    expect(() => new MemoryBound(memory, 1e6, rows)).toThrow(
      /^Cannot teach within 1MB of memory as this lesson takes \d+MB even with one example at a time: give "memory" at least that/u,
    )
    const told = /takes (\d+)MB/u.exec(messageOf(() => new MemoryBound(memory, 1e6, rows)))?.[1]
    expect(() => new MemoryBound(memory, Number(told) * 1e6, rows)).not.toThrow()
    expect(() => new MemoryBound(memory, least, rows)).not.toThrow()
    expect(() => new MemoryBound(memory, least - 1, rows)).toThrow('Cannot teach within')
  })

  it('is none where nothing is said, and refuses what is no size', () => {
    expect(memoryBoundOf(undefined, () => memory, [])).toBeUndefined()
    expect(() => memoryBoundOf('half', () => memory, [])).toThrow('expected a size such as "6GB" or "2.5GiB"')
  })
})

it('LessonPass.update() within a bound comes to the update of the whole batch, in passes that fit', async () => {
  const { model } = parityCases[0]!
  const batch = [3, 9, 4, 6, 12, 5].map((length, at) => ({
    source: Int32Array.from({ length }, (_, i) => 3 + ((i * 7 + at) % 40)),
    target: Int32Array.from({ length: 1 + (at % 3) }, (_, i) => 3 + ((i + at) % 40)),
  }))
  const taught = async (limit: 'none' | 'tight') => {
    const weights = await loadTaughtWeights(model, plainAdamW, { engine: cpuEngine })
    const own = new LessonMemory({ architecture: weights.architecture, optimizer: plainAdamW, lesson: { dropout: 0 } })
    const tight = own.during(batch.slice(3, 5))
    const bound = limit === 'none' ? undefined : new MemoryBound(own, tight, batch)
    const passes = fittingPasses(weights, batch, batch.length, bound).map((places) => places.map((at) => batch[at]!))
    expect(passes.length > 1).toBe(limit === 'tight')
    if (limit === 'tight') expect(Math.max(...passes.map((of) => own.during(of)))).toBeLessThanOrEqual(tight)
    const pass = new LessonPass(weights, { ...plain, dropout: 0 }, bound)
    const updates = []
    for (const step of [0, 1]) updates.push(await pass.update(batch, step, 1e-3))
    await pass.release()
    return updates
  }
  const [whole, split] = [await taught('none'), await taught('tight')]
  whole.forEach(({ loss, gradNorm }, at) => {
    expect(Math.abs(split[at]!.loss / loss - 1)).toBeLessThan(1e-5)
    expect(Math.abs(split[at]!.gradNorm / gradNorm - 1)).toBeLessThan(1e-4)
  })
})

function messageOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    return String((error as Error).message)
  }
  return ''
}
