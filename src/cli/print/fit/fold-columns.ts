import stringWidth from 'string-width'
import { wrapWords } from './wrap-line.ts'

/** The lines of each cell of each row. */
export type Block = readonly (readonly (readonly string[])[])[]

/**
 * A table in blocks of at most so many columns of a terminal, cells broken into lines between words only. First the header is
 * narrowed to what stands below it, then the first column; then columns move into further blocks, each with the first one.
 *
 * @param rows the first is the header
 */
export function foldColumns(rows: readonly (readonly string[])[], width: number): Block[] {
  const columns = rows[0]?.map((_, column) => rows.map((row) => row[column]!)) ?? []
  const natural = columns.map(widest)
  if (total(natural) <= width) return [rows.map((row) => row.map((cell) => [cell]))]
  const first = natural[0]!
  const leastFirst = Math.min(first, Math.max(longestWord(columns[0]!), Math.ceil(width / 4)))
  const narrow = columns.slice(1).map((column) => Math.min(narrowed(column), width - leastFirst - gap))
  const others = widened(narrow, natural.slice(1), width - gap - first - total(narrow))
  const firstWidth = Math.min(first, Math.max(leastFirst, width - total(others) - gap))
  return packed(others, width - firstWidth).map((block) => {
    const widths = [firstWidth, ...block.map((column) => others[column]!)]
    const cells = [columns[0]!, ...block.map((column) => columns[column + 1]!)]
    return rows.map((_, row) => cells.map((column, index) => wrapWords(column[row]!, Math.max(1, widths[index]!))))
  })
}

/** Between two columns. */
const gap = 2

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + gap * Math.max(0, widths.length - 1)
}

/** Gives columns to spare to those whose header is most broken. */
function widened(widths: readonly number[], natural: readonly number[], spare: number): number[] {
  const wider = [...widths]
  for (let left = spare; left > 0; left--) {
    const broken = wider.map((width, column) => natural[column]! / width)
    const most = Math.max(...broken)
    if (most <= 1) break
    wider[broken.indexOf(most)]!++
  }
  return wider
}

/** Columns by their places, in runs that take no more room with the gap before each. */
function packed(widths: readonly number[], room: number): number[][] {
  const blocks: number[][] = []
  let left = 0
  for (const [column, width] of widths.entries()) {
    if (blocks.length === 0 || width + gap > left) {
      blocks.push([])
      left = room
    }
    blocks.at(-1)!.push(column)
    left -= width + gap
  }
  return blocks
}

function narrowed([header, ...cells]: readonly string[]): number {
  return Math.max(widest(cells), longestWord([header!]))
}

function longestWord(cells: readonly string[]): number {
  return widest(cells.flatMap((cell) => cell.split(' ')))
}

function widest(cells: readonly string[]): number {
  return Math.max(0, ...cells.map((cell) => stringWidth(cell)))
}
