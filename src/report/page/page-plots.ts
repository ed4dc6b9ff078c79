import type { StepKey } from '../../study/keys.ts'
import type { LossFigureRequest, Study } from '../../study/study.ts'
import type { Figure } from '../charts/figure.ts'
import { seriesStyle } from '../charts/series-style.ts'
import type { ArmConvergence, TaskConvergence } from '../conclusions/convergence.ts'
import { alignLogs, type FigureArm, figureArms, updateScale, withArrows } from '../figures/figure-arms.ts'
import { figureRequests } from '../figures/study-figures.ts'
import { loggedScores, readLosses, readScore, type SeedLog } from '../results/lesson-log.ts'
import type { StudyResults } from '../results/study-results.ts'
import type {
  ArmCurves,
  LessonFigure,
  LogName,
  PageFigure,
  PagePlots,
  PlotArm,
  PlotReach,
  ThinLog,
} from './plot-data.ts'
import { thinLog } from './thin-log.ts'

/**
 * A study's figures for the page. Losses come as logs, which the reader smooths and draws over whichever axis; all others
 * as they are drawn on paper.
 *
 * @param figures as `studyFigures` collects them
 */
export async function pagePlots(
  figures: readonly Figure[],
  convergence: readonly TaskConvergence[],
  results: StudyResults,
): Promise<PagePlots> {
  const logs = new Map<string, ReadArm>()
  const drawn: PageFigure[] = []
  for (const [index, request] of figureRequests(results.plan).entries()) {
    const { name, title, notes, panels, legend } = figures[index]!
    if (request.kind !== 'loss') {
      drawn.push({ kind: 'drawn', name, title, notes, panels, legend })
      continue
    }
    drawn.push({
      name,
      title,
      notes,
      ...(await lessonFigure(request, figures[index]!, { convergence, results, logs })),
    })
  }
  return { figures: drawn, logs: Object.fromEntries([...logs].map(([name, { curves }]) => [name, curves])) }
}

interface Drawing {
  readonly convergence: readonly TaskConvergence[]
  readonly results: StudyResults
  readonly logs: Map<string, ReadArm>
}

async function lessonFigure(
  request: LossFigureRequest,
  { panels }: Figure,
  { convergence, results, logs }: Drawing,
): Promise<Omit<LessonFigure, 'name' | 'title' | 'notes'>> {
  const arms: PlotArm[] = []
  for (const [index, arm] of figureArms(request.curves, results.plan).entries()) {
    const log = arm.seeds.map(({ teach, seed }) => teach?.slice(0, 12) ?? `no lesson, seed ${seed}`).join(' ')
    const found = logs.get(log) ?? (await readArm(arm, results))
    logs.set(log, found)
    arms.push({
      label: arm.label,
      style: seriesStyle(index),
      log,
      perUpdate: perUpdateOf(arm, found, results),
      reach: reachOf(arm, convergence, results.plan.study),
    })
  }
  const [panel] = panels
  const scale = panel?.kind === 'curves' ? panel.y.scale : 'linear'
  return { kind: 'lessons', arms, log: request.logs[0] ?? 'train', x: request.x, scale }
}

interface ReadArm {
  readonly curves: ArmCurves
  readonly tokensAnUpdate: number | undefined
}

async function readArm(arm: FigureArm, { store }: StudyResults): Promise<ReadArm> {
  const read = async (one: (teach: StepKey, seed: number) => Promise<SeedLog | undefined>) => {
    const found = []
    for (const { seed, teach } of arm.seeds) found.push(teach === undefined ? undefined : await one(teach, seed))
    return found
  }
  const losses = (log: LogName) => read((teach, seed) => readLosses(store, teach, log, seed))
  const found = await losses('train')
  const [train, validation] = [alignLogs(found), alignLogs(await losses('validation'))]
  const scores: Record<string, ThinLog> = {}
  for (const name of await loggedScores(
    store,
    arm.seeds.flatMap(({ teach }) => teach ?? []),
  )) {
    scores[name] = thinLog(alignLogs(await read((teach, seed) => readScore(store, teach, name, seed))))
  }
  return {
    curves: { seeds: train.seeds, train: thinLog(train), validation: thinLog(validation), scores },
    tokensAnUpdate: found.find((log) => log?.tokensAnUpdate !== undefined)?.tokensAnUpdate,
  }
}

function perUpdateOf(arm: FigureArm, { tokensAnUpdate }: ReadArm, results: StudyResults): PlotArm['perUpdate'] {
  const scale = updateScale(arm, results)
  const [epochs, minutes] = [scale.epochs(1), scale.minutes(1)]
  return {
    updates: 1,
    ...(tokensAnUpdate !== undefined && { tokens: tokensAnUpdate }),
    ...(Number.isFinite(epochs) && { epochs }),
    ...(Number.isFinite(minutes) && { minutes }),
  }
}

/** Of a chain's last lesson, where its curve may be compared with the fresh start's. */
function reachOf(arm: FigureArm, tasks: readonly TaskConvergence[], study: Study): PlotReach | undefined {
  const { chain, lesson } = arm
  if (lesson !== chain.lessons.length - 1) return undefined
  for (const { task, decidedBy, arms } of tasks) {
    if (chain.lessons[lesson]!.name !== task) continue
    const found = arms.find((one) => one.chain === chain.label)
    if (found === undefined || found.refused !== undefined || found.seeds.length === 0) continue
    return { updates: found.updates?.mean, sentence: reachSentence(arm.label, decidedBy, found, study) }
  }
  return undefined
}

function reachSentence(label: string, decidedBy: string, arm: ArmConvergence, { report: { names } }: Study): string {
  const value = decidedBy === 'loss' ? 'validation loss' : decidedBy
  const whose =
    arm.chain === arm.baseline ? 'its own best' : `the best of ${names.get(arm.baseline) ?? withArrows(arm.baseline)}`
  const spread = Math.round(((arm.updates?.interval?.high ?? 0) - (arm.updates?.interval?.low ?? 0)) / 2)
  const half = spread > 0 ? ` ±${spread}` : ''
  if (arm.updates === undefined) {
    return `${label} does not reach ${whose} (${value}) with every seed in ${arm.totalUpdates} updates.`
  }
  return `${label} reaches ${whose} (${value}) after ${Math.round(arm.updates.mean)}${half} of ${arm.totalUpdates} updates.`
}
