import { confusionTitle, usualScores } from '../../study/file/resolve-figures.ts'
import type { Plan } from '../../study/plan/plan.ts'
import { shownName } from '../../study/shown-name.ts'
import type { Chain, FigureRequest } from '../../study/study.ts'
import type { Figure } from '../charts/figure.ts'
import { ownLessons } from '../results/arms.ts'
import type { StudyResults } from '../results/study-results.ts'
import { confusionFigure } from './confusion-figure.ts'
import { labelFigure } from './label-figure.ts'
import { lossFigure } from './loss-figure.ts'
import { scoreFigure } from './score-figure.ts'

/** Collects the figures that a study asks for, or the usual ones, from the finished steps of the store. */
export async function studyFigures(results: StudyResults): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const request of figureRequests(results.plan)) {
    const name = figureName(request, results.plan)
    const figure = await draw(request, name, results)
    figures.push(request.untitled ? { ...figure, untitled: true } : figure)
  }
  return figures
}

async function draw(request: FigureRequest, name: string, results: StudyResults): Promise<Figure> {
  if (request.kind === 'loss') return await lossFigure(request, name, results)
  if (request.kind === 'scores') return await scoreFigure(request, name, results)
  if (request.kind === 'confusion') return await confusionFigure(request, name, results)
  return await labelFigure(request, name, results)
}

/**
 * The figures that a study asks for. Without any: the labels of each task that has some, the losses of the chains that
 * end with each lesson, what each sweep does to the scores, and which labels were answered for which.
 */
export function figureRequests({ study }: Plan): readonly FigureRequest[] {
  if (study.figures !== undefined) return study.figures
  const printed = (name: string): string => shownName(study, name)
  const requests: DistributiveOmit<FigureRequest, 'name'>[] = []
  for (const { name, texts } of study.tasks.values()) {
    if (texts.kind === 'labels') requests.push({ kind: 'labels', title: `Labels of ${printed(name)}`, task: name })
  }
  const listed = study.chains.filter((chain) => sweepOf(chain) === undefined)
  for (const lesson of new Set(listed.flatMap(({ lessons }) => lessons.at(-1)?.name ?? []))) {
    const curves = listed
      .filter(({ lessons }) => lessons.at(-1)?.name === lesson)
      .map(({ label, lessons }) => ({ chain: label, lesson: lessons.length - 1 }))
    requests.push({
      kind: 'loss',
      title: `Loss on ${printed(lesson)}`,
      curves,
      logs: ['train'],
      x: 'updates',
      y: undefined,
      smooth: undefined,
    })
  }
  for (const sweep of new Set(study.chains.flatMap((chain) => sweepOf(chain) ?? []))) {
    const chains = study.chains.filter((chain) => sweepOf(chain) === sweep)
    for (const task of chains[0]!.evaluate) {
      const title = `Sweep of ${lessonNames(chains[0]!)}${chains[0]!.evaluate.length > 1 ? ` on ${printed(task)}` : ''}`
      const scores = usualScores(study.tasks.get(task)!)
      requests.push({ kind: 'scores', title, task, chains: chains.map(({ label }) => label), scores, x: undefined })
    }
  }
  for (const { name, texts } of study.tasks.values()) {
    const tested = listed.filter(({ evaluate }) => evaluate.includes(name)).map(({ label }) => label)
    if (texts.kind !== 'labels' || tested.length === 0) continue
    requests.push({ kind: 'confusion', title: confusionTitle(printed(name)), task: name, chains: tested })
  }
  return requests.map((request, index) => ({ ...request, name: String(index + 1) }))
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

/** `mt5 → res → a2t`, without settings. */
function lessonNames(chain: Chain): string {
  return [chain.startName, ...ownLessons(chain).map(({ name }) => name)].join(' → ')
}

/** The place of the sweep that a chain comes from, in the study file. */
function sweepOf({ at }: Chain): number | undefined {
  return at[0] === 'sweeps' ? Number(at[1]) : undefined
}

/** `figure-2-loss-a2t` */
function figureName(request: FigureRequest, { study }: Plan): string {
  const of = request.kind === 'loss' ? sharedLesson(request.curves, study.chains) : request.task
  return ['figure', request.name, request.kind, ...(of === undefined ? [] : [of])]
    .join('-')
    .replace(/[^\p{L}\p{N}_.-]+/gu, '-')
}

/** The lesson that all curves are of, if there is one. */
function sharedLesson(
  curves: readonly { readonly chain: string; readonly lesson: number }[],
  chains: readonly Chain[],
): string | undefined {
  const names = new Set(
    curves.map(({ chain, lesson }) => chains.find(({ label }) => label === chain)?.lessons[lesson]?.name),
  )
  return names.size === 1 ? [...names][0] : undefined
}
