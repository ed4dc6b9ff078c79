import { lossScores } from '../../study/file/resolve-figures.ts'
import type { PlannedChain } from '../../study/plan/plan.ts'
import { scoreName } from '../../study/score-names.ts'
import { shownName } from '../../study/shown-name.ts'
import type { LogAxis, ScoreFigureRequest } from '../../study/study.ts'
import type { Curve, CurvePanel, CurvePoint, DotPanel, Figure, LegendEntry, Panel } from '../charts/figure.ts'
import { orderedStyle, type SeriesStyle, seriesStyle } from '../charts/series-style.ts'
import { formatTick } from '../charts/ticks.ts'
import { ownLessons, ownTest } from '../results/arms.ts'
import { readLosses, readScores } from '../results/lesson-log.ts'
import type { StudyResults } from '../results/study-results.ts'
import { mostPoints, samplePlaces, smooth, spreadAt } from './curve.ts'
import {
  type ArmLog,
  alignLogs,
  type FigureArm,
  figureArms,
  missingOf,
  onAxis,
  seedNotes,
  smoothedUpdates,
  smoothingNotes,
  updateScale,
  withArrows,
} from './figure-arms.ts'
import { curveRows, gapNotes, lossScale } from './loss-figure.ts'
import { type VariedSetting, variedSetting } from './varied-setting.ts'

/** One arm's values of one score: over a lesson's course, and after it. */
interface ArmScores {
  readonly log: ArmLog
  readonly final: readonly { readonly seed: number; readonly value: number; readonly step: string }[]
}

interface Context {
  readonly request: ScoreFigureRequest
  readonly arms: readonly FigureArm[]
  readonly styles: readonly SeriesStyle[]
  readonly varied: VariedSetting | undefined
  readonly results: StudyResults
}

/**
 * Scores of chains on a task, a panel each: over the course of the last lesson where its log has them, else the final
 * ones over the setting in which the chains differ, else chain by chain.
 */
export async function scoreFigure(request: ScoreFigureRequest, name: string, results: StudyResults): Promise<Figure> {
  const wanted = request.chains.map((chain) => {
    const lessons = results.plan.study.chains.find(({ label }) => label === chain)?.lessons.length ?? 0
    return { chain, lesson: lessons - 1 }
  })
  const arms = figureArms(wanted, results.plan)
  const { x } = request
  const isSetting = x !== undefined && !isLogAxis(x) && x !== 'chain'
  const varied = x === 'chain' ? undefined : variedSetting(arms, isSetting ? x : undefined)
  const styles = armStyles(arms, varied)
  const context: Context = { request, arms, styles, varied, results }
  const drawn: DrawnPanel[] = []
  /** By score, then by arm: the seeds that have it. */
  const seeds: number[][][] = []
  for (const score of request.scores) {
    const found: ArmScores[] = []
    for (const arm of arms) found.push(await readArm(arm, score, context))
    drawn.push(scorePanel(score, found, context))
    seeds.push(found.map(({ log, final }) => [...new Set([...log.seeds, ...final.map(({ seed }) => seed)])]))
  }
  const panels = drawn.map(({ panel }) => panel)
  const whole = arms.map(({ seeds: all }, index) =>
    all.map(({ seed }) => seed).filter((seed) => seeds.every((ofScore) => ofScore[index]!.includes(seed))),
  )
  const missing = arms.flatMap((arm, index) => missingOf(arm, whole[index]!, results) ?? [])
  return {
    name,
    kind: 'scores',
    title: request.title,
    panels,
    legend: legendOf(panels, isSetting, context, (arm) => seeds.every((ofScore) => ofScore[arm]!.length === 0)),
    notes: [
      ...new Set(drawn.flatMap(({ notes = [] }) => notes)),
      ...gapNotes(panels),
      ...seedNotes(seeds.flat(), missing, panels),
    ],
    data: {
      header: [
        ...['score', 'of', 'chain', ...settingHeader(varied)],
        ...['seed', 'update', 'epoch', 'minutes', 'value', 'drawn', 'step'],
      ],
      rows: drawn.flatMap(({ rows }) => rows),
    },
  }
}

/** The seed of each row has a column of its own. */
function settingHeader(varied: VariedSetting | undefined): string[] {
  if (varied === undefined) return []
  return [varied.name === 'seed' ? 'lesson_seed' : varied.name]
}

/** An arm's cell in the column of the setting in which chains differ, where there is one. */
function settingCells(varied: VariedSetting | undefined, arm: number): (string | number)[] {
  if (varied === undefined) return []
  const value = varied.values[arm] ?? ''
  return [typeof value === 'boolean' ? String(value) : value]
}

function isLogAxis(x: string): x is LogAxis {
  return x === 'updates' || x === 'epochs' || x === 'minutes'
}

function isLoss(score: string): boolean {
  return (lossScores as readonly string[]).includes(score)
}

/** Arms that stand for rising values of one setting have colours in order. */
function armStyles(arms: readonly FigureArm[], varied: VariedSetting | undefined): SeriesStyle[] {
  const values = varied?.values
  const numbers = values?.filter((value) => typeof value === 'number') ?? []
  if (values === undefined || varied?.groups.length !== 1 || numbers.length < arms.length) {
    return arms.map((_, index) => seriesStyle(index))
  }
  const order = [...new Set(numbers)].toSorted((a, b) => a - b)
  return values.map((value) => orderedStyle(order.indexOf(value as number), order.length))
}

async function readArm(arm: FigureArm, score: string, { request, results }: Context): Promise<ArmScores> {
  const { task } = request
  const { store } = results
  const logs = []
  const final: ArmScores['final'][number][] = []
  for (const { seed, teach, planned } of arm.seeds) {
    if (teach !== undefined) {
      logs.push(
        isLoss(score)
          ? await readLosses(store, teach, score === 'loss' ? 'train' : 'validation', seed)
          : await readScores(store, teach, task, score, seed),
      )
    }
    const value = isLoss(score) ? finalLoss(score, teach, results) : finalScore(score, task, planned, results)
    if (value !== undefined) final.push({ seed, ...value })
  }
  return { log: alignLogs(logs), final }
}

function finalScore(
  score: string,
  task: string,
  planned: PlannedChain,
  { evaluations }: StudyResults,
): { value: number; step: string } | undefined {
  const key = ownTest(planned, task)?.key
  if (key === undefined) return undefined
  for (const metric of evaluations.scores(key)?.metrics ?? []) {
    for (const field of metric.fields) {
      if (scoreName(metric, field) === score) return { value: metric.scores[field] ?? Number.NaN, step: key }
    }
  }
  return undefined
}

/** The training loss of the last updates; the best validation loss. */
function finalLoss(
  score: string,
  teach: FigureArm['seeds'][number]['teach'],
  { store }: StudyResults,
): { value: number; step: string } | undefined {
  const outcome = teach && store.soundResult('teach', teach)
  if (teach === undefined || outcome === undefined) return undefined
  const { loss, best } = outcome
  const value = score === 'loss' ? loss : best?.value
  return value === undefined ? undefined : { value: value ?? Number.NaN, step: teach }
}

interface DrawnPanel {
  readonly panel: Panel
  readonly notes?: readonly string[]
  readonly rows: (string | number)[][]
}

function scorePanel(score: string, found: readonly ArmScores[], context: Context): DrawnPanel {
  const { x } = context.request
  const logged = found.some(({ log }) => log.updates.length > 0)
  if (x !== undefined && isLogAxis(x)) return curvePanel(score, x, found, context)
  if (x === undefined && logged) return curvePanel(score, 'epochs', found, context)
  return context.varied !== undefined && isNumeric(context.varied)
    ? sweptPanel(score, context.varied, found, context)
    : dotPanel(score, found, context)
}

function isNumeric({ values }: VariedSetting): boolean {
  return values.every((value) => typeof value === 'number')
}

function curvePanel(
  score: string,
  axis: LogAxis,
  found: readonly ArmScores[],
  { arms, styles, varied, results }: Context,
): DrawnPanel {
  const rows: (string | number)[][] = []
  const windows: number[] = []
  const curves = found.map(({ log }, index): Curve => {
    const arm = arms[index]!
    const count = log.updates.length
    const scale = updateScale(arm, results)
    const window = score === 'loss' ? smoothedUpdates(count, scale) : 1
    if (window >= 3) windows.push(window)
    const smoothed = log.values.map((values) => smooth(values, window))
    const toX = onAxis(axis, scale)
    const places = samplePlaces(count, mostPoints)
    rows.push(
      ...curveRows(
        [...[score, score === 'loss' ? 'training' : 'validation', arm.chain.label], ...settingCells(varied, index)],
        arm,
        log,
        places,
        [log.values, smoothed],
        scale,
      ),
    )
    return {
      style: styles[index]!,
      points: places.map((place) => ({ x: toX(log.updates[place]!), ...spreadAt(smoothed, place) })),
      spread: 'band',
      marks: count <= 12,
    }
  })
  const scale = isLoss(score) ? lossScale(curves) : 'linear'
  const done = arms.some((arm) =>
    arm.seeds.some(({ teach }) => teach !== undefined && results.store.isDone('teach', teach)),
  )
  const panel: CurvePanel = {
    kind: 'curves',
    title: isLoss(score)
      ? `${score === 'loss' ? 'Training' : 'Validation'} loss${scale === 'log' ? ' (log scale)' : ''}`
      : `${shownName(results.plan.study, score)} (validation rows)`,
    x: { label: axis, scale: 'linear' },
    y: { label: score, scale },
    curves,
    empty: done ? `The lessons have not logged ${score}` : 'Not finished yet',
  }
  return { panel, rows, notes: smoothingNotes(windows) }
}

/** Of values at the end of a lesson. */
function panelTitle(score: string, { results }: Context): string {
  if (score === 'loss') return 'Training loss (last updates)'
  return score === 'validation_loss' ? 'Validation loss (best)' : `${shownName(results.plan.study, score)} (test rows)`
}

function sweptPanel(score: string, varied: VariedSetting, found: readonly ArmScores[], context: Context): DrawnPanel {
  const ownMarks = varied.groups.length === 1
  const curves = varied.groups.map((group, index): Curve => {
    const points = group
      .map((arm): CurvePoint => {
        const look = ownMarks ? { style: context.styles[arm]! } : {}
        return { x: varied.values[arm] as number, ...spreadOf(found[arm]!), ...look }
      })
      .toSorted((a, b) => a.x - b.x)
      .filter(({ y }) => Number.isFinite(y))
    const style = ownMarks ? { ...seriesStyle(0), colour: '#8c959f' } : seriesStyle(index)
    return { style, points, spread: 'whiskers', marks: true }
  })
  const ticks = [...new Set(varied.values as readonly number[])].toSorted((a, b) => a - b)
  const isLog = ticks[0]! > 0 && ticks.at(-1)! / ticks[0]! >= 8
  const panel: CurvePanel = {
    kind: 'curves',
    title: panelTitle(score, context),
    x: { label: settingTitle(varied.name), scale: isLog ? 'log' : 'linear', ticks },
    y: { label: score, scale: 'linear' },
    curves,
    empty: 'Not finished yet',
  }
  return { panel, rows: finalRows(score, found, context) }
}

function dotPanel(score: string, found: readonly ArmScores[], context: Context): DrawnPanel {
  const panel: DotPanel = {
    kind: 'dots',
    title: panelTitle(score, context),
    rows: found.map((scores, index) => ({
      label: context.arms[index]!.label,
      style: context.styles[index]!,
      value: scores.final.length === 0 ? undefined : { x: 0, ...spreadOf(scores) },
    })),
    empty: 'No chain is tested',
  }
  return { panel, rows: finalRows(score, found, context) }
}

function spreadOf({ final }: ArmScores): Omit<CurvePoint, 'x' | 'style'> {
  return spreadAt(
    final.map(({ value }) => Float64Array.of(value)),
    0,
  )
}

function finalRows(score: string, found: readonly ArmScores[], { arms, varied }: Context): (string | number)[][] {
  const of = score === 'loss' ? 'training, last updates' : isLoss(score) ? 'validation, best' : 'test'
  return found.flatMap(({ final }, index) =>
    final.map(({ seed, value, step }) => [
      ...[score, of, arms[index]!.chain.label, ...settingCells(varied, index)],
      ...[seed, '', '', '', value, value, step],
    ]),
  )
}

/** `learning_rate` as print has it. */
function settingTitle(name: string): string {
  return name.replaceAll('_', ' ')
}

/** Dots have their names beside them; lines over a setting stand for groups of arms, all others for an arm each. */
function legendOf(
  panels: readonly Panel[],
  isSetting: boolean,
  context: Context,
  isMissing: (arm: number) => boolean,
): LegendEntry[] {
  if (panels.every(({ kind }) => kind === 'dots')) return []
  const swept = panels.every(
    (panel) => panel.kind === 'curves' && panel.curves.every(({ spread }) => spread === 'whiskers'),
  )
  return isSetting && swept ? groupLegend(context) : armLegend(context, isMissing)
}

function armLegend({ arms, styles, varied }: Context, isMissing: (arm: number) => boolean): LegendEntry[] {
  const short = varied !== undefined && varied.groups.length === 1 && arms.length > 1
  return arms.map((arm, index) => {
    const value = varied?.values[index]
    const shown = typeof value === 'number' ? formatTick(value) : String(value)
    const label = short ? `${settingTitle(varied.name)} ${shown}` : arm.label
    const missing = isMissing(index)
    return {
      label: missing ? `${label} (not finished yet)` : label,
      sample: 'line with mark',
      style: styles[index]!,
      missing,
    }
  })
}

/** Lines over a setting stand for what the arms of a group share. */
function groupLegend({ arms, varied }: Context): LegendEntry[] {
  if (varied === undefined || varied.groups.length === 1) return []
  return varied.groups.map((group, index) => {
    const { chain } = arms[group[0]!]!
    const label = withArrows([chain.startName, ...ownLessons(chain).map(({ name }) => name)].join(' -> '))
    return { label, sample: 'line with mark', style: seriesStyle(index), missing: false }
  })
}
