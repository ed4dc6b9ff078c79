import { Fault } from '../../base/fault.ts'
import { didYouMean } from '../../base/nearest.ts'
import { columnValue, textOf } from '../../data/table/column.ts'
import { describePlace, type LocatedRow } from '../../data/table/table.ts'
import { labelMark } from '../../tasks/label-mark.ts'
import { type LabelReading, type LabelSpec, labelOfCell, labelsOfCell } from '../../tasks/labels.ts'
import { parseListText } from '../../tasks/list-text.ts'
import type { TaskTexts } from '../study.ts'

type LabelTexts = Extract<TaskTexts, { kind: 'labels' }>

/** What is wrong with the labels of a row. */
export interface LabelProblem {
  /** Tells it from others: rows with the same have the same wrong with them. */
  readonly about: string
  /** The key of `labels:` that it goes against. */
  readonly key: 'classes' | 'columns' | 'single'
  fault(): Fault
}

/**
 * The labels of a row: from one cell (labels with separators, a list, or a list as text), or from a column a label.
 *
 * @returns them as the classes spell them
 * @throws {Fault} naming row, column and value of what is no label, or neither yes nor no
 */
export function readLabels(texts: LabelTexts, located: LocatedRow): readonly string[] {
  const { labels, problems } = labelsOfRow(texts, located)
  if (problems[0] !== undefined) throw problems[0].fault()
  return labels
}

/** {@link readLabels} with all that is wrong with a row. */
export function labelsOfRow(
  texts: LabelTexts,
  located: LocatedRow,
): { readonly labels: readonly string[]; readonly problems: readonly LabelProblem[] } {
  const { cells } = texts
  const read =
    'columns' in cells ? markedLabels(texts, cells.columns, located) : cellLabels(texts, cells.column, located)
  if (read.problems.length > 0 || !texts.single || read.labels.length < 2) return read
  return { ...read, problems: [severalLabels(read.labels, located)] }
}

function severalLabels(labels: readonly string[], located: LocatedRow): LabelProblem {
  const named = labels.map((label) => `"${label}"`).join(' and ')
  const why = `Cannot take ${named} of ${describePlace(located.place)} for a single label: correct the row, or remove "single"`
  return { about: 'several', key: 'single', fault: () => new Fault(why) }
}

interface RowLabels {
  readonly labels: string[]
  readonly problems: LabelProblem[]
}

function markedLabels({ labels: spec }: LabelTexts, columns: readonly string[], located: LocatedRow): RowLabels {
  const { row, place } = located
  const read: RowLabels = { labels: [], problems: [] }
  for (const [index, column] of columns.entries()) {
    const value = columnValue(row, column, place)
    const mark = spec.none.includes(textOf(value).trim()) ? false : labelMark(value)
    if (mark === undefined) read.problems.push(noMark(textOf(value), column, located))
    else if (mark) read.labels.push(spec.classes[index]!)
  }
  return read
}

function noMark(text: string, column: string, located: LocatedRow): LabelProblem {
  const why = `Cannot read "${text}" in column "${column}" of ${describePlace(located.place)} as yes or no: write 1 or 0, true or false, yes or no, or leave it empty`
  return { about: `${column}: ${text}`, key: 'columns', fault: () => new Fault(why) }
}

function cellLabels({ labels: spec, single }: LabelTexts, column: string, located: LocatedRow): RowLabels {
  const read = single ? labelOfCell : labelsOfCell
  const value = columnValue(located.row, column, located.place)
  const reading = Array.isArray(value) ? readItems(value.map(textOf)) : readText(textOf(value))
  // What holds several labels is no label that is misspelt.
  const several = single && reading.unknown.length === 1 ? labelsOfCell(reading.unknown[0]!, spec) : undefined
  if (several?.unknown.length === 0 && several.labels.length > 1) return { labels: [...several.labels], problems: [] }
  return { labels: reading.labels, problems: reading.unknown.map((text) => unknownLabel(text, spec, column, located)) }

  /** A text that looks like a list is one unless it reads as labels. */
  function readText(cell: string): LabelReading {
    const plain = read(cell, spec)
    if (plain.unknown.length === 0) return plain
    const items = parseListText(cell)
    return items === undefined ? plain : readItems(items)
  }

  /** An item is a label, whatever separators are in it. */
  function readItems(items: readonly string[]): LabelReading {
    const readings = items.map((item) => labelOfCell(item, spec))
    return {
      labels: [...new Set(readings.flatMap(({ labels }) => labels))],
      unknown: readings.flatMap(({ unknown }) => unknown),
    }
  }
}

function unknownLabel(text: string, { classes }: LabelSpec, column: string, located: LocatedRow): LabelProblem {
  const fault = (): Fault => {
    const hint = didYouMean(text, classes) || ': add it to "classes", or to "none"'
    return new Fault(`Unknown label "${text}" in column "${column}" of ${describePlace(located.place)}${hint}`)
  }
  return { about: text, key: 'classes', fault }
}
