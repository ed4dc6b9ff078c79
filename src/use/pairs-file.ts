import { join } from 'node:path'
import { writeJsonLines } from '../base/json-lines.ts'
import { clearAway, temporaryFolder } from '../base/temporary-folder.ts'
import { type NewRowsOptions, readNewRows } from './new-rows.ts'
import type { UsableTask } from './usable-task.ts'

/** Makes pairs of a table of new rows and hands them to `use` as JSONL, which is gone afterwards. @throws {Fault} as `readNewRows` */
export async function withPairs<T>(
  task: UsableTask,
  input: string,
  options: NewRowsOptions,
  use: (pairs: string) => Promise<T>,
): Promise<T> {
  const rows = await readNewRows(task, input, { ...options, references: true })
  const folder = temporaryFolder('reteach-pairs-')
  try {
    const file = join(folder, 'pairs.jsonl')
    await writeJsonLines(
      file,
      rows.map(({ pair }) => pair),
    )
    return await use(file)
  } finally {
    clearAway(folder)
  }
}
