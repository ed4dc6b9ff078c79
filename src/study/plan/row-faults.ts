import { Fault } from '../../base/fault.ts'
import { plural } from '../../base/plural.ts'
import { AbsentColumns } from '../../data/table/absent-columns.ts'
import { MissingColumn } from '../../data/table/column.ts'
import { type LocatedRow, type ReadOptions, readRows } from '../../data/table/table.ts'
import type { CheckedStudy } from '../file/read-study.ts'
import type { StudyFault } from '../file/study-fault.ts'
import { hasTestRows, hasValidationRows } from '../has-rows.ts'
import { Division, textColumns } from '../steps/prepare-task.ts'
import { type LabelProblem, labelsOfRow } from '../steps/read-labels.ts'
import { type FileSource, type Study, type StudyTask, sourcesOf, splitNames } from '../study.ts'
import { choosingColumns } from './column-faults.ts'

/** What reading every row of a study's tasks has shown, with the places of the study's file. */
export interface RowReport {
  /** What would end a run in its middle. */
  readonly faults: readonly StudyFault[]
  /** What ends nothing: labels that no row has. */
  readonly remarks: readonly StudyFault[]
}

/**
 * Reads every row of the given tasks as their steps would prepare it, and keeps none: wrong labels, rows that cannot be
 * read, and splits that the rows are too few for. One fault of a kind does not hide the others.
 *
 * @param wanted the tables to read
 */
export async function rowFaults(
  checked: CheckedStudy,
  tasks: readonly StudyTask[],
  wanted: (source: FileSource) => boolean,
  options: ReadOptions = {},
): Promise<RowReport> {
  const report = { faults: [] as StudyFault[], remarks: [] as StudyFault[] }
  for (const task of tasks) {
    const look = new TaskLook(task, checked)
    await look.read(wanted, options)
    report.faults.push(...look.faults)
    report.remarks.push(...look.remarks)
  }
  return report
}

/** More of a kind say no more. */
const shownProblems = 8

/** Looks at the rows of one task. */
class TaskLook {
  readonly faults: StudyFault[] = []
  readonly remarks: StudyFault[] = []
  readonly #task: StudyTask
  readonly #checked: CheckedStudy
  readonly #problems = new Map<string, { readonly problem: LabelProblem; rows: number }>()
  readonly #seen = new Set<string>()
  #lacksColumns = false

  constructor(task: StudyTask, checked: CheckedStudy) {
    this.#task = task
    this.#checked = checked
  }

  async read(wanted: (source: FileSource) => boolean, options: ReadOptions): Promise<void> {
    const sources = sourcesOf(this.#task).filter(wanted)
    if (sources.length === 0) return
    for (const source of sources) {
      try {
        await this.#readSource(source, options)
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        this.#tellSource(source, error)
      }
    }
    this.#tellLabels()
  }

  /** Columns that no row has are told by themselves, and the rest is looked at without them. */
  async #readSource(source: FileSource, options: ReadOptions): Promise<void> {
    const texts = new AbsentColumns(textColumns(this.#task.texts))
    const division = new Division(this.#task)
    const alone = new Division(withoutColumns(this.#task))
    const dividing = new AbsentColumns(division.columns)
    for await (const read of readRows(source.table, options)) {
      const located = dividing.fill(texts.fill(read))
      division.take(located)
      alone.take(located)
      this.#look(located)
    }
    if (texts.isUnsure) this.#lacksColumns = true
    if (source === this.#task.data.rows) this.#divide(dividing.isUnsure ? alone : division)
  }

  #look(located: LocatedRow): void {
    const { texts } = this.#task
    if (texts.kind !== 'labels') return
    const { labels, problems } = labelsOfRow(texts, located)
    for (const label of labels) this.#seen.add(label)
    for (const problem of problems) {
      const known = this.#problems.get(problem.about)
      if (known === undefined) this.#problems.set(problem.about, { problem, rows: 1 })
      else known.rows++
    }
  }

  #divide(division: Division): void {
    const at = ['tasks', this.#task.name, 'data', 'split']
    try {
      const divided = division.rows()
      for (const part of splitNames) {
        if (divided[part].length > 0 || !isNeeded(part, this.#task, this.#checked.study)) continue
        const why = `Cannot use the split of "${this.#task.name}" as it leaves no row to ${uses[part]}: there are ${plural(division.count, 'row')}`
        this.faults.push(this.#checked.faultAt([...at, part], why))
      }
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      this.#tell(at, error)
    }
  }

  /** A column by which rows are chosen is told where it is named. */
  #tellSource(source: FileSource, fault: Fault): void {
    const named =
      fault instanceof MissingColumn ? choosingColumns(source).find(({ column }) => column === fault.column) : undefined
    if (named === undefined) this.#tell(source.at, fault)
    else this.faults.push(this.#checked.faultAt(named.at, fault.describe(), named.where))
  }

  #tell(at: readonly (string | number)[], fault: Fault): void {
    this.faults.push(this.#checked.faultAt(at, fault.describe(), 'key'))
  }

  #tellLabels(): void {
    const { name, texts } = this.#task
    if (texts.kind !== 'labels') return
    const at = ['tasks', name, 'labels']
    const all = [...this.#problems.values()]
    for (const { problem, rows } of all.slice(0, shownProblems)) {
      const more = rows === 1 ? '' : `; ${plural(rows - 1, 'more row')} like it`
      this.faults.push(this.#checked.faultAt([...at, problem.key], `${problem.fault().message}${more}`))
    }
    if (all.length > shownProblems) {
      const why = `${all.length - shownProblems} more texts in the labels of "${name}" are none of its labels: see whether "separator" is right`
      this.faults.push(this.#checked.faultAt([...at, all[shownProblems - 1]!.problem.key], why))
      // Labels that are none of the list are then most likely the right ones, written or divided otherwise.
      return
    }
    for (const [index, label] of texts.labels.classes.entries()) {
      if (this.#lacksColumns || this.#seen.has(label)) continue
      const key = 'columns' in texts.cells ? 'columns' : 'classes'
      this.remarks.push(this.#checked.faultAt([...at, key, index], `No row of "${name}" has the label "${label}"`))
    }
  }
}

/** Its rows are divided by their number alone. */
function withoutColumns(task: StudyTask): StudyTask {
  return { ...task, data: { ...task.data, split: { ...task.data.split, group: undefined, stratify: undefined } } }
}

const uses = { train: 'teach', validation: 'validate with', test: 'test with' } as const

function isNeeded(part: keyof typeof uses, task: StudyTask, { chains, mixtures }: Study): boolean {
  if (part === 'validation') return hasValidationRows(task)
  if (part === 'test') return hasTestRows(task) && chains.some(({ evaluate }) => evaluate.includes(task.name))
  return chains.some(({ lessons }) =>
    lessons.some(({ name }) => name === task.name || mixtures.get(name)?.parts.has(task.name) === true),
  )
}
