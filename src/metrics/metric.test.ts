import { describe, expect, it } from 'vitest'
import { corpusBleu } from './bleu.ts'
import { metricByName, metricNames } from './metric.ts'

describe('metricByName()', () => {
  it('makes each metric, with all its fields in every score', () => {
    expect(metricNames).toEqual(['bleu', 'chrf', 'rouge', 'labels', 'exact-match'])
    const texts = ['a river', 'a lamp', 'b']
    for (const name of ['bleu', 'chrf', 'rouge', 'exact-match'] as const) {
      const metric = metricByName(name)
      const scores = metric.score(metric.statistics(texts, texts))
      expect(Object.keys(scores).sort()).toEqual([...metric.fields].sort())
      expect(metric.name).toBe(name)
      expect(scores[metric.fields[0]!]).toBe(name === 'bleu' ? 0 : metric.best)
    }
    const labels = metricByName('labels', { labels: ['a', 'b'] })
    const scores = labels.score(labels.statistics([['a'], ['b']], [['a'], ['b']]))
    expect(Object.keys(scores).sort()).toEqual([...labels.fields].sort())
  })

  it('hands options on', () => {
    const metric = metricByName('bleu', { tokenize: 'char', references: 2 })
    const found = metric.score(metric.statistics(['abcd'], ['abce'], ['xbcd'])).bleu
    expect(found).toBe(corpusBleu(['abcd'], [['abce'], ['xbcd']], { tokenize: 'char' }).score)
    expect(found).toBeGreaterThan(0)
  })

  it('names the nearest metric', () => {
    expect(() => metricByName('rogue' as 'rouge')).toThrow('Unknown metric "rogue": did you mean "rouge"?')
    expect(() => metricByName('constructor' as 'rouge')).toThrow('Unknown metric "constructor"')
  })
})
