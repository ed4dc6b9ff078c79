import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { camelCased, expectNear } from '../../test/rig/metrics-golden.ts'
import { terKind } from './ter.ts'

interface Golden {
  readonly options: Readonly<Record<string, boolean>>
  readonly hyps: readonly string[]
  readonly refs: readonly (readonly string[])[]
  readonly score: number
  readonly edits: readonly number[]
  readonly lengths: readonly number[]
  readonly sentences: readonly number[]
  readonly signature: string
}

const goldens = readFileSync(new URL('../../test/fixtures/metrics/ter.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Golden)

describe('terKind', () => {
  it("equals sacreBLEU's edits, lengths, scores and signature in every case", () => {
    expect(goldens).toHaveLength(600)
    for (const [index, { options, hyps, refs, score, edits, lengths, sentences, signature }] of goldens.entries()) {
      const metric = terKind.make({ ...camelCased(options), references: refs.length })
      const statistics = metric.statistics(hyps, ...refs)
      const column = (at: number) => hyps.map((_, row) => statistics.values[2 * row + at]!)
      expectNear(column(0), edits, `edits of case ${index}`)
      expectNear(column(1), lengths, `lengths of case ${index}`)
      expectNear([metric.score(statistics).ter!], [score], `score of case ${index}`)
      const single = hyps.map((_, row) => metric.score(statistics, [row]).ter!)
      expectNear(single, sentences, `sentences of case ${index}`)
      expect(metric.signature).toBe(signature)
    }
  })
})
