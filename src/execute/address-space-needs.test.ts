import { expect, test } from 'vitest'
import { studyDefaults } from '../lesson/teach-settings.ts'
import type { Plan } from '../study/plan/plan.ts'
import type { Store } from '../study/store/store.ts'
import { requireAddressSpace } from './address-space-needs.ts'

/** mT5-base: 16 bytes for each of 580 million parameters are three blocks of 4 GiB. */
const config = { model_type: 'mt5', d_model: 768, d_ff: 2048, num_layers: 12, num_heads: 12 }

/** A plan of one lesson of mT5-base. */
function planOf(settings: object): Plan {
  const start = { kind: 'scratch', config }
  const step = {
    kind: 'teach',
    key: 'k',
    label: 'teach big',
    start,
    settings: { ...studyDefaults, ...settings },
    seed: 1,
  }
  return { steps: new Map([['k', step]]) } as unknown as Plan
}

const empty = { isDone: () => false } as unknown as Store

test('requireAddressSpace() counts what a lesson teaches, and where that are some pieces the whole model as well', async () => {
  const blocks: number[] = []
  const note = (count: number): boolean => blocks.push(count) > 0
  await requireAddressSpace(planOf({}), empty, 1, note)
  await requireAddressSpace(planOf({ trim_vocab: 'auto' }), empty, 1, note)
  expect(blocks).toEqual([4, 3]) // one of them for masks
  await expect(requireAddressSpace(planOf({}), empty, 1, () => false)).rejects.toThrow(/address space/)
})
