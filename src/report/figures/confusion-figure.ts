import type { ConfusionFigureRequest } from '../../study/study.ts'
import type { Figure } from '../charts/figure.ts'
import { readArms } from '../results/arms.ts'
import { confusionHeader, confusionRows, type LabelOutcomes, labelOutcomes } from '../results/label-outcomes.ts'
import type { StudyResults } from '../results/study-results.ts'

/** More panels are too small to be read. */
const mostChains = 4

/** Which labels were answered for which, a panel a chain. */
export async function confusionFigure(
  request: ConfusionFigureRequest,
  name: string,
  results: StudyResults,
): Promise<Figure> {
  const { study } = results.plan
  const task = study.tasks.get(request.task)
  const found = readArms(taskRequest(request), results)
  const outcomes: LabelOutcomes[] = []
  for (const arm of found?.arms ?? []) {
    const outcome = task && (await labelOutcomes(arm, task, results.store))
    if (outcome !== undefined) outcomes.push(outcome)
  }
  return confusionOf(outcomes, request, name, study.report.names)
}

/** As {@link confusionFigure}, of what has come of the labels. @param printed what chains are called, if not by their names */
export function confusionOf(
  outcomes: readonly LabelOutcomes[],
  { task, chains, title }: Pick<ConfusionFigureRequest, 'task' | 'chains' | 'title'>,
  name: string,
  printed: ReadonlyMap<string, string> = new Map(),
): Figure {
  const shown = outcomes.slice(0, mostChains)
  const rest = outcomes.length - shown.length
  const waiting = chains.filter((label) => outcomes.every(({ chain }) => chain !== label))
  return {
    name,
    kind: 'confusion',
    title,
    panels: shown.map(({ chain, names, confusion }) => ({
      kind: 'matrix',
      title: printed.get(chain) ?? chain,
      names,
      counts: confusion,
    })),
    legend: [],
    notes: [
      ...(shown.length === 0 ? [] : [howToRead(outcomes)]),
      ...(rest > 0 ? [`${rest} more chains: in the CSV file.`] : []),
      ...(waiting.length > 0 ? [`Not finished yet: ${waiting.map((one) => printed.get(one) ?? one).join(', ')}.`] : []),
    ],
    data: { header: confusionHeader, rows: confusionRows(task, outcomes) },
  }
}

function howToRead(outcomes: readonly LabelOutcomes[]): string {
  const together = outcomes.some(({ seeds }) => seeds > 1) ? ', all seeds together' : ''
  return `Rows: the label of the test row${together}. On the diagonal it is in the answer; beside it it is missing there, and the column's label stands instead. Shades are shares of a row.`
}

function taskRequest({ task, chains, title }: ConfusionFigureRequest) {
  return { task, title, scores: undefined, rows: chains, baseline: undefined, paper: new Map() }
}
