import { healthMark } from '../words/health-mark.ts'
import { printedName } from '../words/printed-name.ts'
import type { TaskTable } from './task-table.ts'

/** Lines below a table: what is wrong with which row, and how many answers stayed the same with another prefix. */
export function healthLines({ rows, names }: Pick<TaskTable, 'rows' | 'names'>): string[] {
  const wrong = rows.flatMap(({ chain, seeds, missing, health }) => {
    const all = seeds.length + missing.length
    return health.map(({ seeds: with_, sentence }) => {
      const seedNames = all === 1 ? '' : `, seed${with_.length === 1 ? '' : 's'} ${with_.join(', ')}`
      return `${healthMark} ${printedName(names, chain)}${seedNames}: ${sentence}`
    })
  })
  const swapped = rows.flatMap(({ chain, prefixes }) => {
    const byTasks = new Map<string, { equal: number; of: number }>()
    for (const { tasks, equal, of } of prefixes) {
      const name = tasks.join(', ')
      const sum = byTasks.get(name) ?? { equal: 0, of: 0 }
      byTasks.set(name, { equal: sum.equal + equal, of: sum.of + of })
    }
    return [...byTasks].map(
      ([tasks, { equal, of }]) =>
        `${printedName(names, chain)}: ${equal} of ${of} answers stay the same with the prefix of ${tasks}`,
    )
  })
  return [...wrong, ...swapped]
}
