import type { Comparison } from '../../metrics/statistics/compare-arms.ts'
import type { StepKey } from '../../study/keys.ts'
import { settingsLabel } from '../../study/lesson-label.ts'
import { shownName } from '../../study/shown-name.ts'
import type { Chain, TableRequest } from '../../study/study.ts'
import { type Arm, type Arms, isFresh, ownLessons, type ScoreColumn } from '../results/arms.ts'
import type { ArmPair } from '../results/compared-arms.ts'
import { firstFailure } from '../results/first-failure.ts'
import { goodness, goodnessName } from '../results/score-direction.ts'
import type { StudyResults } from '../results/study-results.ts'
import { isBetter } from '../results/verdict.ts'
import { formatScore } from '../words/format-score.ts'
import { meanOfAll, type SeedMean } from './convergence.ts'

/** A start at one learning rate. */
export interface RatePoint {
  readonly rate: number
  readonly chain: string
  readonly score: SeedMean
  /** Shown scores that are below a tenth of this start's best over its rates, where that is of some use. */
  readonly collapsed: readonly string[]
  /** Against the fresh start at the same rate: as the tables have it, else corrected over starts and rates; absent for the fresh start. */
  readonly comparison: Comparison | undefined
  readonly evaluations: readonly StepKey[]
}

/** A start at several learning rates of one lesson. */
export interface RateSeries {
  readonly start: string
  /** The other settings that the swept lesson is given, where a start has several series: `order=file`. */
  readonly settings?: string
  readonly fresh: boolean
  /** Rates upwards. */
  readonly points: readonly RatePoint[]
  /** Where the deciding score is best. */
  readonly best: number
  /** Rates that no seed has finished as its lesson failed. */
  readonly failed: readonly { readonly rate: number; readonly chain: string; readonly reason: string }[]
}

/** How a task's scores move with the learning rate of one lesson. */
export interface RateSensitivity {
  readonly task: string
  /** Whose rate was swept. */
  readonly lesson: string
  readonly column: ScoreColumn
  readonly series: readonly RateSeries[]
  /** Of every rate that more than one start has: the starts, the best score first. */
  readonly rankings: readonly { readonly rate: number; readonly starts: readonly string[] }[]
  /** In plain words, one sentence each. */
  readonly findings: readonly string[]
}

/** A score below this share of the best is taken for a collapse, unless the best is of no use either. */
const collapseShare = 0.1

/** What a series is called beside the others. */
export function seriesName({ start, settings }: Pick<RateSeries, 'start' | 'settings'>): string {
  return settings === undefined ? start : `${start} with ${settings || 'no other setting'}`
}

/**
 * Finds chains of a task that differ in the learning rate of one lesson alone, and asks whether the rate changes which
 * start is the best.
 *
 * Rules: the best rate of a start is that of its best mean score; a rate has collapsed when one of the shown scores
 * is below a tenth of the start's best; the ranking changes when not every common rate has the same order of means, the
 * winner when not every common rate has the same first; a start is better only at one rate when it is separable from
 * the fresh start, and better, at one of several common rates.
 */
export async function rateSensitivity(
  found: Arms,
  request: TableRequest,
  results: StudyResults,
): Promise<RateSensitivity[]> {
  const { task, columns } = found
  const printed = (name: string): string => shownName(results.plan.study, name)
  const [column] = columns
  if (column === undefined) return []
  const sensitivities: RateSensitivity[] = []
  for (const { lesson, starts } of sweptLessons(found.arms)) {
    const fresh = freshOf(starts, request)
    const pairs = starts.flatMap((start) =>
      [...start.arms].flatMap(([rate, arm]): ArmPair[] => {
        const baseline = fresh?.arms.get(rate)
        return baseline === undefined || baseline === arm ? [] : [{ arm, baseline }]
      }),
    )
    const compared = await results.comparisons.compare(found, pairs)
    const series = starts.map((start) =>
      seriesOf(start, start === fresh, found, results, (arm) => compared[pairs.findIndex((one) => one.arm === arm)]),
    )
    const rankings = rankingsOf(series, column)
    const swept = { task, lesson, column, series, rankings, findings: [] }
    sensitivities.push({ ...swept, findings: findingsOf(printedRates(swept, printed)) })
  }
  return sensitivities
}

interface SweptStart {
  readonly start: string
  readonly settings?: string
  readonly arms: ReadonlyMap<number, Arm>
}

interface OpenStart {
  readonly start: string
  readonly settings: string
  readonly arms: Map<number, Arm>
}

/** Chains that are alike but for the learning rate of one lesson, by that lesson and its place from the end. */
function sweptLessons(arms: readonly Arm[]): { lesson: string; starts: SweptStart[] }[] {
  const lessons = new Map<string, { lesson: string; starts: Map<string, OpenStart> }>()
  for (const arm of arms) {
    const own = ownLessons(arm.chain)
    for (const [index, { name, settings, stated }] of own.entries()) {
      const { learning_rate: rate, ...others } = settings
      const before = own.slice(0, index)
      const after = own.slice(index + 1)
      const place = JSON.stringify([name, after.map((lesson) => [lesson.name, lesson.settings])])
      const group = lessons.get(place) ?? { lesson: name, starts: new Map() }
      lessons.set(place, group)
      const key = JSON.stringify([arm.chain.startName, before.map((one) => [one.name, one.settings]), others])
      const start = [arm.chain.startName, ...before.map(({ label }) => label)].join(' -> ')
      const { learning_rate: _, ...given } = stated
      const series = group.starts.get(key) ?? { start, settings: settingsLabel(given), arms: new Map<number, Arm>() }
      group.starts.set(key, series)
      if (!series.arms.has(rate)) series.arms.set(rate, arm)
    }
  }
  return [...lessons.values()].flatMap(({ lesson, starts }) => {
    // A sweep of which no rate is finished shows nothing.
    const swept = [...starts.values()].filter(
      (start) => start.arms.size > 1 && [...start.arms.values()].some(({ seeds }) => seeds.length > 0),
    )
    return swept.length === 0 ? [] : [{ lesson, starts: toldApart(swept) }]
  })
}

/** Settings are a part of the name where a start has series with several. */
function toldApart(swept: readonly OpenStart[]): SweptStart[] {
  return swept.map((one) => {
    const { start, arms } = one
    return swept.some((other) => other !== one && other.start === start) ? one : { start, arms }
  })
}

function freshOf(starts: readonly SweptStart[], { task, baseline }: TableRequest): SweptStart | undefined {
  const chains = ({ arms }: SweptStart): Chain[] => [...arms.values()].map(({ chain }) => chain)
  return (
    starts.find((start) => chains(start).some(({ label }) => label === baseline)) ??
    starts.find((start) => chains(start).some((chain) => isFresh(chain, task)))
  )
}

function seriesOf(
  { arms, ...named }: SweptStart,
  fresh: boolean,
  { columns, splits }: Arms,
  results: StudyResults,
  comparisonOf: (arm: Arm) => Comparison | undefined,
): RateSeries {
  const all = [...arms.keys()].sort((a, b) => a - b)
  const rates = all.filter((rate) => arms.get(rate)!.seeds.length > 0)
  const failed = all.flatMap((rate) => {
    const arm = arms.get(rate)!
    const reason = arm.seeds.length === 0 ? failureOf(arm, results) : undefined
    return reason === undefined ? [] : [{ rate, chain: arm.chain.label, reason }]
  })
  const means = (name: string) =>
    rates.map((rate) =>
      meanOfAll(
        arms.get(rate)!.seeds.map(({ scores }) => scores[name]),
        splits,
      ),
    )
  const headline = means(columns[0]!.name)
  const goods = new Map(
    columns.map((column) => [
      column.name,
      means(column.name).map((score) => (score === undefined ? 0 : goodness(column, score.mean))),
    ]),
  )
  const points = rates.map((rate, index): RatePoint => {
    const arm = arms.get(rate)!
    return {
      rate,
      chain: arm.chain.label,
      score: headline[index]!,
      collapsed: columns.flatMap((column) => {
        const here = goods.get(column.name)!
        const best = Math.max(...here)
        return best > 0 && here[index]! < collapseShare * best ? [goodnessName(column)] : []
      }),
      comparison: comparisonOf(arm),
      evaluations: arm.seeds.map(({ evaluation }) => evaluation),
    }
  })
  const good = ({ score }: RatePoint): number => goodness(columns[0]!, score.mean)
  const best = points.reduce((a, b) => (good(b) > good(a) ? b : a))
  return { ...named, fresh, points, best: best.rate, failed }
}

function failureOf({ planned }: Arm, results: StudyResults): string | undefined {
  return firstFailure(
    planned.flatMap(({ teach }) => teach),
    results,
  )?.reason
}

function rankingsOf(series: readonly RateSeries[], column: ScoreColumn): RateSensitivity['rankings'] {
  const rates = [...new Set(series.flatMap(({ points }) => points.map(({ rate }) => rate)))].sort((a, b) => a - b)
  return rates.flatMap((rate) => {
    const here = series.flatMap((one) => {
      const point = one.points.find((point) => point.rate === rate)
      return point === undefined ? [] : [{ start: seriesName(one), good: goodness(column, point.score.mean) }]
    })
    if (here.length < 2) return []
    return [{ rate, starts: here.sort((a, b) => b.good - a.good).map(({ start }) => start) }]
  })
}

/** With other names for chains, tasks and scores; for words alone. */
export function printedRates(rates: RateSensitivity, printed: (name: string) => string): RateSensitivity {
  const { task, lesson, column, series: named, rankings } = rates
  const series = named.map((one) => ({ ...one, start: printed(one.start) }))
  const called = new Map(named.map((one, index) => [seriesName(one), seriesName(series[index]!)]))
  return {
    ...rates,
    task: printed(task),
    lesson: printed(lesson),
    column: { ...column, name: printed(column.name) },
    series,
    rankings: rankings.map(({ rate, starts }) => ({ rate, starts: starts.map((start) => called.get(start)!) })),
  }
}

function findingsOf({ lesson, column, series, rankings }: RateSensitivity): string[] {
  const sentences = series.flatMap(({ points, best, failed, ...named }) => {
    const start = seriesName(named)
    const scores = points.map(({ score }) => score.mean)
    const spread = `${column.name} of ${start} lies between ${show(Math.min(...scores), column)} and ${show(Math.max(...scores), column)} over ${points.length} learning rates of ${lesson}, ${column.lowIsBetter ? 'lowest' : 'highest'} at ${best}.`
    const fallen = points.filter(({ collapsed }) => collapsed.length > 0)
    const falls = fallen.map(
      ({ rate, collapsed }) => `At ${rate} ${start} collapses: ${collapsed.join(' and ')} below a tenth of its best.`,
    )
    const failures = failed.map(({ rate, reason }) => `At ${rate} ${start} fails: ${reason}.`)
    return [spread, ...falls, ...failures]
  })
  if (rankings.length < 2) return sentences
  const orders = new Set(rankings.map(({ starts }) => starts.join('\n')))
  const winners = new Set(rankings.map(({ starts }) => starts[0]!))
  if (orders.size === 1) {
    sentences.push(`The ranking of the starts is the same at all ${rankings.length} common rates.`)
  } else if (winners.size === 1) {
    sentences.push(
      `The ranking of the starts changes with the rate, the first does not: ${[...winners][0]} leads at all ${rankings.length} common rates.`,
    )
  } else {
    const leads = rankings.map(({ rate, starts }) => `${starts[0]} at ${rate}`)
    sentences.push(`Which start leads changes with the rate: ${leads.join(', ')}.`)
  }
  for (const { points, ...named } of series) {
    const compared = points.filter(({ comparison }) => comparison !== undefined)
    const better = compared.filter(({ comparison }) => isBetter(comparison, column))
    if (better.length === 1 && compared.length > 1) {
      sentences.push(
        `${seriesName(named)} is separably better than the fresh start at one rate only, ${better[0]!.rate}.`,
      )
    }
  }
  return sentences
}

function show(value: number, { best }: ScoreColumn): string {
  return formatScore(value, best)
}
