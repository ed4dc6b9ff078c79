import { csvCell } from '../words/csv-cell.ts'
import type { FigureData } from './figure.ts'

/** The numbers behind a figure, with every digit; a value that is no number is left empty. */
export function figureCsv({ header, rows }: FigureData): string {
  const cell = (value: string | number): string =>
    typeof value === 'number' && !Number.isFinite(value) ? '' : csvCell(value)
  return [header, ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('')
}
