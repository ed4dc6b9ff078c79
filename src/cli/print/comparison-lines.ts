import type { SystemComparison, SystemDifference } from '../../metrics/statistics/compare-systems.ts'
import type { Interval } from '../../metrics/statistics/intervals.ts'
import { columnLines } from './column-lines.ts'

/**
 * A comparison for people.
 *
 * @param best what the scores are shares of
 * @param lowIsBetter scores of which less is better
 */
export function comparisonLines(
  result: SystemComparison,
  { best, lowIsBetter = [] }: { readonly best: number; readonly lowIsBetter?: readonly string[] | undefined },
): string[] {
  const { systems, comparisons, metric, examples } = result
  const digits = best === 1 ? 4 : 2
  const show = (value: number) => value.toFixed(digits)
  const range = ({ low, high }: Interval) => `${show(low)} to ${show(high)}`
  const coverage = `${Number((100 * result.level).toFixed(4))} % interval`
  const lines = [
    `${metric}, ${examples} examples, ${result.signature}`,
    '',
    ...columnLines([
      ['', 'score', 'value', coverage],
      ...systems.flatMap(({ file, scores }) =>
        Object.entries(scores).map(([field, score], i) => [
          i === 0 ? file : '',
          field,
          show(score.score),
          range(score),
        ]),
      ),
    ]),
  ]
  for (const { a, b, fields } of comparisons) {
    lines.push('', `${b} against ${a}`)
    const hasMcNemar = Object.values(fields).some(({ mcnemar }) => mcnemar !== undefined)
    lines.push(
      ...columnLines([
        [
          '',
          'difference',
          coverage,
          'randomisation p',
          'bootstrap p',
          'one-sided',
          ...(hasMcNemar ? ['McNemar p'] : []),
          'Holm p',
          'detectable from',
        ],
        ...Object.entries(fields).map(([field, found]) => [
          field,
          `${found.difference < 0 ? '' : '+'}${show(found.difference)}`,
          range(found),
          pText(found.approximate_randomisation.p),
          pText(found.paired_bootstrap.two_sided_p),
          pText(found.paired_bootstrap.sacrebleu_one_sided_p),
          ...(hasMcNemar ? [found.mcnemar === undefined ? '' : pText(found.mcnemar.p)] : []),
          pText(found.holm_p),
          show(found.smallest_detectable_difference),
        ]),
      ]),
    )
    for (const [field, found] of Object.entries(fields)) {
      lines.push(verdict(field, b, found, result.level, show, lowIsBetter.includes(field)))
    }
  }
  return [
    ...lines,
    '',
    'Every p is two-sided but "one-sided": that is sacreBLEU\'s of the same bootstrap, which comes out smaller.',
    '',
  ]
}

function verdict(
  field: string,
  system: string,
  found: SystemDifference,
  level: number,
  show: (value: number) => string,
  lowIsBetter: boolean,
): string {
  if (found.holm_p < 1 - level) {
    const isLower = found.difference < 0
    const which = lowIsBetter ? `, which is ${isLower ? 'better' : 'worse'}` : ''
    return `${field}: ${system} is ${isLower ? 'lower' : 'higher'}${which} (p ${pRelation(found.holm_p)})`
  }
  if (found.standard_error === 0) return `${field}: the answers score alike`
  const least = show(found.smallest_detectable_difference)
  return `${field}: not separable with these examples (p ${pRelation(found.holm_p)}); differences from ${least} on would mostly be found`
}

/** `0.0213`, `< 0.0001` */
export function pText(p: number): string {
  return p < 0.0001 ? '< 0.0001' : p.toFixed(4)
}

/** `= 0.0213`, `< 0.0001` */
export function pRelation(p: number): string {
  return p < 0.0001 ? '< 0.0001' : `= ${p.toFixed(4)}`
}
