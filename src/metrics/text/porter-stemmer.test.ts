import { expect, it } from 'vitest'
import { metricsGolden } from '../../../test/rig/metrics-golden.ts'
import { porterStem } from './porter-stemmer.ts'

it("porterStem() equals NLTK's PorterStemmer", () => {
  const golden = Object.entries(metricsGolden<Record<string, string>>('stems'))
  expect(golden.length).toBe(1500)
  const wrong = golden.filter(([word, stem]) => porterStem(word) !== stem)
  expect(wrong.map(([word, stem]) => [word, porterStem(word), stem])).toEqual([])
})
