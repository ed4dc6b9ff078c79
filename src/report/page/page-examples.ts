import { readAllJsonLines } from '../../base/json-lines.ts'
import type { Metric } from '../../metrics/metric.ts'
import type { StepKey } from '../../study/keys.ts'
import { shownName } from '../../study/shown-name.ts'
import type { PredictionRow } from '../../study/steps/score-answers.ts'
import { type Arm, type Arms, isFresh, readArms, type ScoreColumn, taskRequests } from '../results/arms.ts'
import type { StudyResults } from '../results/study-results.ts'
import type { ExampleAnswer, ExampleArm, ExampleRow, ExampleSet, PageExamples } from './example-data.ts'

/** Every tested row with the answers of all chains and seeds, a set for each task; of several splits one for each. */
export async function pageExamples(results: StudyResults): Promise<PageExamples> {
  const sets: ExampleSet[] = []
  for (const request of taskRequests(results.plan)) {
    const arms = readArms(request, results)
    if (arms === undefined) continue
    for (const tests of testsByRows(arms, results)) sets.push(await exampleSet(arms, tests, results))
  }
  return { sets, notes: [] }
}

interface Test {
  readonly arm: Arm
  readonly seed: number
  readonly key: StepKey
}

/** Finished tests that were asked the same rows, the fresh start's first. */
function testsByRows({ arms, task }: Arms, { plan }: StudyResults): Test[][] {
  const byData = new Map<StepKey, Test[]>()
  const ordered = arms.toSorted((a, b) => Number(isFresh(b.chain, task)) - Number(isFresh(a.chain, task)))
  for (const arm of ordered) {
    for (const { seed, evaluation: key } of arm.seeds) {
      const step = plan.steps.get(key)
      if (step?.kind !== 'evaluate') continue
      byData.set(step.data, [...(byData.get(step.data) ?? []), { arm, seed, key }])
    }
  }
  return [...byData.values()]
}

async function exampleSet(arms: Arms, tests: readonly Test[], { plan, store }: StudyResults): Promise<ExampleSet> {
  const { study } = plan
  const texts = study.tasks.get(arms.task)?.texts
  const classes = texts?.kind === 'labels' ? texts.labels.classes : undefined
  const column = rowColumn(arms)
  const exact = [...arms.metrics].find(([, { fields }]) => fields.includes('exact'))?.[0]
  const rows: DraftRow[] = []
  const given: ExampleArm[] = []
  for (const { arm, seed, key } of tests) {
    const found = await readAllJsonLines<PredictionRow>(store.predictionsFile(key))
    const scores = scoreRows(found, column, arms.metrics)
    const indices = found.map((line, at) => {
      rows[at] ??= draftRow(line, classes)
      return rows[at].indexOf(answerOf(line, { score: scores[at]!, exact, classes }))
    })
    given.push({ chain: shownName(study, arm.chain.label), seed, given: indices })
  }
  const splits = arms.splits === undefined ? '' : `split of seed ${tests[0]!.seed}`
  return {
    task: shownName(study, arms.task),
    split: splits,
    classes,
    score: { name: shownName(study, column.name), lowIsBetter: column.lowIsBetter === true, best: column.best },
    arms: given,
    rows: rows.map(({ row }) => row),
  }
}

/**
 * The score that tells most of one row: where the first of a table is 0 for every text without a common run of four words, as
 * BLEU is, one that is not, if the table has one.
 */
function rowColumn({ columns }: Arms): ScoreColumn {
  const ofRows = ['rougeL', 'chrf', 'rouge1', 'samples_f1']
  return (
    ofRows.flatMap((field) => columns.find((column) => column.field === field) ?? [])[0] ??
    columns.find(({ field }) => field !== 'macro_f1') ??
    columns[0]!
  )
}

/** A row's score by itself, to three digits of what is best. */
function scoreRows(
  lines: readonly PredictionRow[],
  { metric, field, best }: ScoreColumn,
  metrics: ReadonlyMap<string, Metric<never>>,
): (number | null)[] {
  const scorer = metrics.get(metric)
  return lines.map(({ statistics }) => {
    const sums = statistics[metric]
    const score = scorer && sums && scorer.scoreSums(Float64Array.from(sums), 1)[field]
    return score === undefined || !Number.isFinite(score) ? null : Math.round((score / best) * 1000) / 1000
  })
}

class DraftRow {
  readonly row: ExampleRow & { readonly answers: ExampleAnswer[] }
  readonly #places = new Map<string, number>()

  constructor(row: Omit<ExampleRow, 'answers'>) {
    this.row = { ...row, answers: [] }
  }

  /** The place of an answer, which is given a place when it is met for the first time. */
  indexOf(answer: ExampleAnswer): number {
    const known = this.#places.get(answer.text)
    if (known !== undefined) return known
    this.#places.set(answer.text, this.row.answers.length)
    return this.row.answers.push(answer) - 1
  }
}

function draftRow({ source, reference, labels }: PredictionRow, classes: readonly string[] | undefined): DraftRow {
  return new DraftRow({ source, reference, ...(labels && classes && { labels: numbersOf(labels, classes) }) })
}

interface Judging {
  readonly score: number | null
  /** The metric that tells whether an answer is right. */
  readonly exact: string | undefined
  readonly classes: readonly string[] | undefined
}

function answerOf(line: PredictionRow, { score, exact, classes }: Judging): ExampleAnswer {
  const { prediction: text, reference, predictedLabels, unknown, statistics } = line
  const told = exact === undefined ? undefined : statistics[exact]?.[0]
  const right = told === undefined ? text.trim() === reference.trim() : told === 1
  if (classes === undefined || predictedLabels === undefined) return { text, right, score }
  return { text, right, score, labels: numbersOf(predictedLabels, classes), ...(unknown && { unknown }) }
}

function numbersOf(labels: readonly string[], classes: readonly string[]): number[] {
  return classes.flatMap((label, at) => (labels.includes(label) ? [at] : []))
}
