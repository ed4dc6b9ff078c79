import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { expectNear } from '../../test/rig/metrics-golden.ts'
import { bleuKind } from './bleu.ts'
import { chrfKind } from './chrf.ts'
import { exactMatchKind } from './exact-match.ts'
import { referenceCount } from './example-statistics.ts'
import type { TextMetricKind, TextReferences } from './metric.ts'
import { rougeKind } from './rouge.ts'
import { terKind } from './ter.ts'

interface Golden {
  readonly hyps: readonly string[]
  readonly refs: TextReferences
  readonly bleu: Scored
  readonly chrf: Scored
  readonly ter: Scored
  readonly rouge: Readonly<Record<string, number>>
}

interface Scored {
  readonly score: number
  readonly signature: string
}

const goldens = readFileSync(new URL('../../test/fixtures/metrics/unequal-references.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Golden)

function scored(kind: TextMetricKind, { hyps, refs }: Golden) {
  const metric = kind.make({ references: referenceCount(refs) })
  return { scores: metric.score(metric.statistics(hyps, ...refs)), signature: metric.signature }
}

it.each([bleuKind, chrfKind, terKind])('$name equals sacreBLEU where examples have unlike many references', (kind) => {
  for (const [i, golden] of goldens.entries()) {
    const { scores, signature } = scored(kind, golden)
    expectNear([scores[kind.name]!], [golden[kind.name].score], `case ${i}`)
    expect(signature).toBe(golden[kind.name].signature)
  }
  expect(goldens.filter(({ bleu }) => bleu.signature.startsWith('nrefs:var'))).not.toHaveLength(0)
})

it('rouge equals rouge_score where examples have unlike many references', () => {
  for (const [i, golden] of goldens.entries()) {
    const { scores } = scored(rougeKind, golden)
    for (const [name, value] of Object.entries(golden.rouge)) expectNear([scores[name]!], [value], `case ${i}`)
  }
})

it('exact match takes any of the references that there are', () => {
  const metric = exactMatchKind.make({ references: 'var' })
  const refs = [
    ['a', 'b', 'c'],
    [null, 'x', 'y'],
  ]
  expect(metric.score(metric.statistics(['a', 'x', 'b'], ...refs)).exact).toBeCloseTo(2 / 3)
  expect(metric.signature).toContain('nrefs:var')
})

it('refuses an example without a reference, and another number than the signature says', () => {
  const metric = bleuKind.make({ references: 'var' })
  expect(() => metric.statistics(['a', 'b'], ['a', null], [null, null])).toThrow('prediction 2 as it has no reference')
  expect(() => metric.statistics(['a', 'b'], ['a', 'b'])).toThrow('1 references each as the metric has var')
})
