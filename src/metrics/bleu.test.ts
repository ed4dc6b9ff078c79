import { describe, expect, it } from 'vitest'
import { type BleuGolden, camelCased, expectNear, metricsGolden } from '../../test/rig/metrics-golden.ts'
import { type BleuOptions, bleuKind, bleuMetric, corpusBleu, sentenceBleu } from './bleu.ts'

const golden = metricsGolden<BleuGolden>('bleu')

describe('corpusBleu() equals sacreBLEU within 1e-9', () => {
  const cases = golden.cases.filter(({ metric }) => metric === 'bleu')
  it('has the goldens', () => expect(cases.length).toBe(110))
  it.each(cases.map((wanted) => [`${wanted.set} ${wanted.nref} ${JSON.stringify(wanted.options)}`, wanted] as const))(
    '%s',
    (_, wanted) => {
      const { hyps, refs } = golden.sets[wanted.set]!
      // Hushes a warning of the reference's.
      const { force, ...options } = camelCased(wanted.options) as BleuOptions & { force?: true }
      const found = corpusBleu(hyps, refs.slice(0, wanted.nref), options)
      expect(found.signature).toBe(wanted.signature)
      expect(found.text).toBe(wanted.text)
      expectNear([found.score], [wanted.score], 'score')
      expectNear([found.bp, found.sysLen, found.refLen], [wanted.bp, wanted.sys_len, wanted.ref_len], 'length')
      expectNear(found.counts, wanted.counts, 'count')
      expectNear(found.totals, wanted.totals, 'total')
      expectNear(found.precisions, wanted.precisions, 'precision')
    },
  )
})

describe('sentenceBleu() equals sacreBLEU within 1e-9', () => {
  const cases = golden.cases.filter(({ metric }) => metric === 'sentence_bleu')
  it('has the goldens', () => expect(cases.length).toBe(5))
  it.each(cases.map((wanted) => [wanted.set, wanted] as const))('%s', (_, wanted) => {
    const { hyps, refs } = golden.sets[wanted.set]!
    expectNear(sentenceBleu(hyps, refs.slice(0, wanted.nref), camelCased(wanted.options)), wanted.scores, 'score')
  })
})

describe('corpusBleu()', () => {
  it('drops white space at the end before a hyphen there can join lines', () => {
    expect(corpusBleu(['word-\n'], [['word-']]).counts).toEqual([1, 0, 0, 0])
    expect(corpusBleu(['wo-\nrd'], [['word']]).counts).toEqual([1, 0, 0, 0])
  })
})

describe('bleuMetric()', () => {
  const { hyps, refs } = golden.sets.english!

  it('scores the rows it is given, each as often as it is drawn', () => {
    const metric = bleuMetric({ references: 2 })
    const rows = [3, 3, 141, 7, 0, 3]
    const at = (list: readonly string[]) => rows.map((row) => list[row]!)
    const found = metric.score(metric.statistics(hyps, ...refs), rows)
    expect(found).toEqual({ bleu: corpusBleu(at(hyps), refs.map(at)).score })
    expect(metric.signature).toBe('nrefs:2|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0')
  })

  it('refuses lists of unlike length and another number of references than its signature has', () => {
    expect(() => bleuMetric().statistics(hyps, refs[0]!.slice(1))).toThrow(/150 predictions against 149/)
    expect(() => bleuMetric().statistics(hyps, ...refs)).toThrow(/2 references each as the metric has 1/)
    expect(() => bleuMetric().statistics([], [])).toThrow(/no predictions/)
  })

  it('warns of text that is split into tokens, from 100 lines on', () => {
    const lines = (count: number) => Array.from({ length: count }, () => 'It rains .')
    expect(bleuMetric().warnings(lines(99), lines(99))).toEqual([])
    expect(bleuMetric().warnings(lines(100), lines(100))[0]).toMatch(/^100 predictions end in " \."/)
  })
})

describe('the report of BLEU', () => {
  const warningsOf = (reference: string, tokenize?: 'char' | 'zh') =>
    bleuKind.report(['x'], [[reference]], tokenize === undefined ? {} : { tokenize }).warnings

  it('says that texts without spaces between words want other tokens', () => {
    const sentence =
      'These references have no spaces between words, so that BLEU takes clauses for words: use the tokenizer "char"'
    expect(warningsOf('これは日本語の文章です。')).toEqual([sentence])
    expect(warningsOf('ภาษาไทยไม่มีช่องว่าง')).toEqual([sentence])
  })

  it('but not of others, nor where tokens are characters, nor of Chinese, which has a tokenizer', () => {
    expect(warningsOf('これは日本語の文章です。', 'char')).toEqual([])
    expect(warningsOf('a river in 京都')).toEqual([])
    expect(warningsOf('我们在岁月里改变了模样。')).toEqual([])
  })
})
