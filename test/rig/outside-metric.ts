import { checkLengths, emptyStatistics, scoringRows } from '../../src/metrics/example-statistics.ts'
import type { Metric, TextMetricKind } from '../../src/metrics/metric.ts'

interface LengthOptions {
  readonly noSpaces?: boolean
  readonly unit?: 'letters' | 'words'
}

/** A metric that no table of ours knows, with what the others do not all have: less is better, an option called no-…. */
export const lengthKind = {
  name: 'length-gap',
  title: 'length',
  answers: 'texts',
  options: [
    { name: 'noSpaces', type: 'switch', help: 'count no spaces' },
    { name: 'unit', type: 'choice', choices: ['letters', 'words'], default: 'letters', help: 'what is counted' },
  ],
  usual: ['gap'],
  lowIsBetter: ['gap'],
  sentences: {},
  make: lengthMetric,
} as const satisfies TextMetricKind

/** How much longer or shorter answers are than their first reference, in all. */
function lengthMetric({ noSpaces = false, unit = 'letters' }: LengthOptions): Metric {
  const length = (text: string): number =>
    unit === 'words' ? text.split(' ').length : (noSpaces ? text.replaceAll(' ', '') : text).length
  return scoringRows({
    name: 'length-gap',
    signature: `spaces:${noSpaces ? 'no' : 'yes'}|unit:${unit}`,
    fields: ['gap'],
    best: 1,
    statistics(predictions, ...references) {
      checkLengths(predictions, references)
      const statistics = emptyStatistics(predictions.length, 2)
      predictions.forEach((prediction, row) => {
        const wanted = length(references[0]![row]!)
        statistics.values.set([Math.abs(length(prediction) - wanted), wanted], 2 * row)
      })
      return statistics
    },
    scoreSums: (sums) => ({ gap: sums[0]! / sums[1]! }),
    warnings: () => [],
  })
}
