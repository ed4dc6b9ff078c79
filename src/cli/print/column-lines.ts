import stringWidth from 'string-width'
import { foldColumns } from './fit/fold-columns.ts'
import { visibleControls } from './own-styles.ts'
import { terminalWidth, usualWidth } from './terminal-width.ts'

/**
 * Lines of a table: the first column to the left, the others to the right, two spaces between. One that is too wide is
 * narrowed and, where that is not enough, folded into blocks of columns that each begin with the first one.
 *
 * @param rows the first is the header
 */
export function columnLines(
  rows: readonly (readonly string[])[],
  width: number = terminalWidth() ?? usualWidth,
): string[] {
  const shown = rows.map((row) => row.map(visibleControls))
  return foldColumns(shown, width).flatMap((block, index) => [...(index === 0 ? [] : ['']), ...blockLines(block)])
}

/** @param block the lines of each cell of each row */
function blockLines(block: readonly (readonly (readonly string[])[])[]): string[] {
  const widths = (block[0] ?? []).map((_, column) =>
    Math.max(...block.flatMap((row) => row[column]!.map((line) => stringWidth(line)))),
  )
  return block.flatMap((row) => {
    const height = Math.max(...row.map((cell) => cell.length))
    return Array.from({ length: height }, (_, line) =>
      row
        .map((cell, column) => padded(cell[line] ?? '', widths[column]!, column === 0))
        .join('  ')
        .trimEnd(),
    )
  })
}

function padded(text: string, width: number, toLeft: boolean): string {
  const gap = ' '.repeat(width - stringWidth(text))
  return toLeft ? text + gap : gap + text
}
