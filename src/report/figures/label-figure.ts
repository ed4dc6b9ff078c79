import { existsSync } from 'node:fs'
import { readJsonLines } from '../../base/json-lines.ts'
import { countLabels, type LabelCounts } from '../../data/audit/data-report.ts'
import { shownName } from '../../study/shown-name.ts'
import type { PrepareStep } from '../../study/steps/kinds/prepare.ts'
import type { PreparedPair } from '../../study/steps/prepare-task.ts'
import type { Step } from '../../study/steps/step-kinds.ts'
import { type LabelFigureRequest, splitNames } from '../../study/study.ts'
import type { BarPanel, Figure } from '../charts/figure.ts'
import type { StudyResults } from '../results/study-results.ts'

/** How often labels occur and how many rows have, over all rows of a prepared task. */
export async function labelFigure(
  request: LabelFigureRequest,
  name: string,
  { plan, store }: StudyResults,
): Promise<Figure> {
  const step = [...plan.steps.values()].find((one) => isTask(one, request.task))
  const task = plan.study.tasks.get(request.task)
  const printed = shownName(plan.study, request.task)
  const classes = task?.texts.kind === 'labels' ? task.texts.labels.classes : []
  if (step === undefined || !store.isDone('prepare', step.key)) {
    const waiting = { ...labelCountsFigure(countLabels([], classes), request.title, name), panels: [] }
    return { ...waiting, notes: [`Not finished yet: the rows of ${printed} are not prepared.`] }
  }
  const rows: Pick<PreparedPair, 'labels'>[] = []
  for (const part of splitNames) {
    const path = store.rowsFile(step.key, part)
    if (!existsSync(path)) continue
    for await (const { labels } of readJsonLines<PreparedPair>(path)) rows.push(labels === undefined ? {} : { labels })
  }
  const figure = labelCountsFigure(countLabels(rows, classes), request.title, name)
  return { ...figure, notes: [`All ${rows.length} rows of ${printed}: training, validation and test.`] }
}

function isTask(step: Step, task: string): step is PrepareStep {
  return step.kind === 'prepare' && step.mixture === undefined && step.task.name === task
}

/** The two panels of the paper's figure 1. */
export function labelCountsFigure({ byLabel, byNumber }: LabelCounts, title: string, name: string): Figure {
  const panels: BarPanel[] = [
    {
      kind: 'bars',
      title: '(a) rows with each label',
      what: 'label',
      bars: byLabel.map(({ label, rows }) => ({ name: label, value: rows })),
    },
    {
      kind: 'bars',
      title: '(b) rows by number of labels',
      what: 'labels',
      bars: byNumber.map((rows, number) => ({ name: String(number), value: rows })),
    },
  ]
  const rows = panels.flatMap(({ what, bars }) => bars.map(({ name, value }) => [what, name, value]))
  return {
    name,
    kind: 'labels',
    title,
    panels,
    legend: [],
    notes: [],
    data: { header: ['what', 'name', 'rows'], rows },
  }
}
