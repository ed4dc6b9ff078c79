import type { SeededComparison, SeededDifference } from '../../metrics/statistics/compare-seeded-systems.ts'
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
          found.smallest_detectable_difference === null ? '–' : show(found.smallest_detectable_difference),
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
    'Intervals are the bootstrap\'s, verdicts another test\'s: with few examples intervals are too narrow, and one may leave out 0 beside "not separable".',
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
    return `${field}: ${system} is ${directionWords(found, lowIsBetter)} (p ${pRelation(found.holm_p)})`
  }
  if (found.difference === 0 && found.standard_error === 0) return `${field}: the answers score alike`
  const least = found.smallest_detectable_difference
  const shown =
    least === null ? 'no difference would have been found' : `differences from ${show(least)} on would mostly be found`
  return `${field}: not separable with these examples (p ${pRelation(found.holm_p)}); ${shown}`
}

/** `higher`, `lower, which is better` */
function directionWords({ difference }: { readonly difference: number }, lowIsBetter: boolean, than = ''): string {
  const isLower = difference < 0
  const which = lowIsBetter ? `, which is ${isLower ? 'better' : 'worse'}` : ''
  return `${isLower ? 'lower' : 'higher'}${than}${which}`
}

/** `0.0213`, `< 0.0001` */
function pText(p: number): string {
  return p < 0.0001 ? '< 0.0001' : p.toFixed(4)
}

/** `= 0.0213`, `< 0.0001` */
function pRelation(p: number): string {
  return p < 0.0001 ? '< 0.0001' : `= ${p.toFixed(4)}`
}

/**
 * A comparison of systems with several seeds, for people.
 *
 * @param best what the scores are shares of
 * @param lowIsBetter scores of which less is better
 */
export function seededComparisonLines(
  result: SeededComparison,
  { best, lowIsBetter = [] }: { readonly best: number; readonly lowIsBetter?: readonly string[] | undefined },
): string[] {
  const { systems, comparisons, metric, rows, level } = result
  const digits = best === 1 ? 4 : 2
  const show = (value: number): string => value.toFixed(digits)
  const signed = (value: number): string => `${value < 0 ? '' : '+'}${show(value)}`
  const lines = [
    `${metric}, ${rows} examples, ${result.signature}`,
    '',
    ...columnLines([
      ['', 'seeds', 'score', 'mean', 'of each seed'],
      ...systems.flatMap(({ system, files, scores }) =>
        Object.entries(scores).map(([field, { mean, seeds }], at) => [
          at === 0 ? system : '',
          at === 0 ? String(files.length) : '',
          field,
          show(mean),
          seeds.map(show).join(' '),
        ]),
      ),
    ]),
  ]
  for (const { system, baseline, fields } of comparisons) {
    lines.push('', `${system} against ${baseline}`)
    lines.push(
      ...columnLines([
        ['', 'difference', `${Number((100 * level).toFixed(4))} % interval`, 'p', 'df', 'detectable from'],
        ...Object.entries(fields).map(([field, found]) => [
          field,
          signed(found.difference),
          `${show(found.interval.low)} to ${show(found.interval.high)}`,
          pText(found.p),
          found.df === null ? '–' : found.df >= 1e6 ? '∞' : found.df.toFixed(1),
          detectable(found, best, show),
        ]),
      ]),
    )
    for (const [field, found] of Object.entries(fields)) {
      const words = { field, system, baseline, lowIsBetter: lowIsBetter.includes(field), best }
      lines.push(seededVerdict(found, words, show, signed))
    }
  }
  return [...lines, '', rule(result), '']
}

function detectable(
  { smallest_detectable_difference: least, standard_error: error }: SeededDifference,
  best: number,
  show: (value: number) => string,
) {
  if (error === 0) return '–'
  return least === null || least > best ? `> ${best}` : show(least)
}

function seededVerdict(
  found: SeededDifference,
  words: { field: string; system: string; baseline: string; lowIsBetter: boolean; best: number },
  show: (value: number) => string,
  signed: (value: number) => string,
): string {
  const { field, system, baseline, lowIsBetter } = words
  const p = `p ${pRelation(found.p)}`
  if (found.separable) {
    return `${field}: ${system} is ${directionWords(found, lowIsBetter, ` than ${baseline}`)} (${signed(found.difference)}, ${p})`
  }
  if (found.df === null && found.differs) {
    return `${field}: ${system} differs from ${baseline} on these rows (${signed(found.difference)}, ${p}); nothing is known of another seed`
  }
  const unknown = found.df === null ? '; nothing is known of another seed' : ''
  const least = found.smallest_detectable_difference
  if (found.standard_error === 0) return `${field}: ${system} and ${baseline} score alike${unknown}`
  const shown =
    least === null || least > words.best
      ? 'no difference would have been found'
      : `differences from ${show(least)} on would mostly be found`
  return `${field}: ${system} is not separable from ${baseline} (${p}); ${shown}${unknown}`
}

function rule({ comparisons, level }: SeededComparison): string {
  const holm = comparisons.length > 1 ? `, corrected by Holm over ${comparisons.length} systems` : ''
  const beyond = comparisons.length > 1 ? ' without the correction' : ''
  const single = comparisons.some(({ df }) => df === null)
    ? ' With one seed the examples alone are one: nothing is known of another seed.'
    : ''
  return `Systems differ where p < ${Number((1 - level).toFixed(6))} in one two-sided test that takes seeds and examples both as samples${holm}; the interval is the same test's${beyond}.${single}`
}
