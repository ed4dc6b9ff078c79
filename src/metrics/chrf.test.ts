import { describe, expect, it } from 'vitest'
import { type BleuGolden, camelCased, expectNear, metricsGolden } from '../../test/rig/metrics-golden.ts'
import { chrf, chrfMetric } from './chrf.ts'

const golden = metricsGolden<BleuGolden>('bleu')

describe('chrf() equals sacreBLEU within 1e-9', () => {
  const cases = golden.cases.filter(({ metric }) => metric === 'chrf')
  it('has the goldens', () => expect(cases.length).toBe(30))
  it.each(cases.map((wanted) => [`${wanted.set} ${wanted.nref} ${JSON.stringify(wanted.options)}`, wanted] as const))(
    '%s',
    (_, wanted) => {
      const { hyps, refs } = golden.sets[wanted.set]!
      const found = chrf(hyps, refs.slice(0, wanted.nref), camelCased(wanted.options))
      expect(found.signature).toBe(wanted.signature)
      expectNear([found.score], [wanted.score], 'score')
    },
  )
})

describe('chrfMetric()', () => {
  it('scores the rows it is given', () => {
    const { hyps, refs } = golden.sets.chinese!
    const metric = chrfMetric({ wordOrder: 2 })
    const found = metric.score(metric.statistics(hyps, refs[0]!), [2, 2, 5])
    const at = (list: readonly string[]) => [list[2]!, list[2]!, list[5]!]
    expect(found).toEqual({ chrf: chrf(at(hyps), [at(refs[0]!)], { wordOrder: 2 }).score })
  })
})
