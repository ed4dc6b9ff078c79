import { csvLines } from '../words/csv-cell.ts'
import type { FigureData } from './figure.ts'

/** The numbers behind a figure, with every digit; a value that is no number is left empty. */
export function figureCsv({ header, rows }: FigureData): string {
  const finite = (value: string | number): string | number | undefined =>
    typeof value === 'number' && !Number.isFinite(value) ? undefined : value
  return csvLines([header, ...rows.map((row) => row.map(finite))])
}
