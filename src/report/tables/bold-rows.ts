import { isBetter, verdictOf } from '../results/verdict.ts'
import type { TableRow, TaskTable } from './task-table.ts'

/** Chains that are better than their fresh start, or the fresh start that all others are worse than. */
export function boldRows({ columns: [column], rows }: TaskTable): readonly TableRow[] {
  if (column === undefined) return []
  const better = rows.filter(({ comparison }) => isBetter(comparison, column))
  if (better.length > 0) return better
  const compared = rows.filter(({ comparison }) => comparison !== undefined)
  const areWorse = compared.length > 0 && compared.every(({ comparison }) => verdictOf(comparison!, column) === 'worse')
  return areWorse ? rows.filter(({ chain }) => compared.every(({ baseline }) => baseline === chain)) : []
}
