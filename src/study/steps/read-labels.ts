import { Fault } from '../../base/fault.ts'
import { didYouMean } from '../../base/nearest.ts'
import { columnValue, textOf } from '../../data/table/column.ts'
import type { LocatedRow } from '../../data/table/table.ts'
import { labelMark } from '../../tasks/label-mark.ts'
import { type LabelReading, labelOfCell, labelsOfCell } from '../../tasks/labels.ts'
import { parseListText } from '../../tasks/list-text.ts'
import type { TaskTexts } from '../study.ts'

type LabelTexts = Extract<TaskTexts, { kind: 'labels' }>

/**
 * The labels of a row: from one cell (labels with separators, a list, or a list as text), or from a column a label.
 *
 * @returns them as the classes spell them
 * @throws {Fault} naming row, column and value of what is no label, or neither yes nor no
 */
export function readLabels(texts: LabelTexts, located: LocatedRow): readonly string[] {
  const labels =
    'columns' in texts.cells
      ? markedLabels(texts, texts.cells.columns, located)
      : cellLabels(texts, texts.cells.column, located)
  if (texts.single && labels.length > 1) {
    throw new Fault(
      `Cannot take ${labels.map((label) => `"${label}"`).join(' and ')} of ${placeOf(located)} for a single label: correct the row, or remove "single"`,
    )
  }
  return labels
}

function markedLabels({ labels: spec }: LabelTexts, columns: readonly string[], located: LocatedRow): string[] {
  const { row, place } = located
  return columns.flatMap((column, index) => {
    const value = columnValue(row, column, place)
    const mark = spec.none.includes(textOf(value).trim()) ? false : labelMark(value)
    if (mark !== undefined) return mark ? [spec.classes[index]!] : []
    throw new Fault(
      `Cannot read "${textOf(value)}" in column "${column}" of ${placeOf(located)} as yes or no: write 1 or 0, true or false, yes or no, or leave it empty`,
    )
  })
}

function cellLabels({ labels: spec, single }: LabelTexts, column: string, located: LocatedRow): readonly string[] {
  const read = single ? labelOfCell : labelsOfCell
  const value = columnValue(located.row, column, located.place)
  const reading = Array.isArray(value) ? readItems(value.map(textOf)) : readText(textOf(value))
  const [strange] = reading.unknown
  if (strange === undefined) return reading.labels
  const hint = didYouMean(strange, spec.classes) || ': add it to "classes", or to "none"'
  throw new Fault(`Unknown label "${strange}" in column "${column}" of ${placeOf(located)}${hint}`)

  /** A text that looks like a list is one unless it reads as labels. */
  function readText(cell: string): LabelReading {
    const plain = read(cell, spec)
    if (plain.unknown.length === 0) return plain
    const items = parseListText(cell)
    return items === undefined ? plain : readItems(items)
  }

  /** An item is a label, whatever separators are in it; else it may hold several. */
  function readItems(items: readonly string[]): LabelReading {
    const readings = items.map((item) => {
      const whole = labelOfCell(item, spec)
      return whole.unknown.length === 0 ? whole : read(item, spec)
    })
    return {
      labels: [...new Set(readings.flatMap(({ labels }) => labels))],
      unknown: readings.flatMap(({ unknown }) => unknown),
    }
  }
}

function placeOf({ place: { row, file, line } }: LocatedRow): string {
  return `row ${row} of "${file}"${line === undefined ? '' : ` (line ${line})`}`
}
