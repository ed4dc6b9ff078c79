import { Fault } from '../../base/fault.ts'
import { tellNotes } from '../print/tell-notes.ts'

/** The ids of a file's lines, undefined where a line has none. */
export interface LineIds {
  readonly path: string
  readonly ids: readonly unknown[]
}

/**
 * Files are compared line by line: those with an id on every line are held against the first of them. Where they number their
 * examples in other ways, which lines belong together cannot be known, and a note says so.
 *
 * @throws {Fault} at the first line that differs, where a file has the same ids in another order
 */
export function checkIds(files: readonly LineIds[]): void {
  const [first, ...others] = files.filter(({ ids }) => ids.length > 0 && ids.every(isId)).map(asTexts)
  for (const { path, ids } of others) {
    const line = ids.findIndex((id, i) => id !== first!.ids[i])
    if (line === -1) continue
    const found = `its id "${ids[line]}" is "${first!.ids[line]}" in "${first!.path}"`
    if (sorted(ids) === sorted(first!.ids)) {
      throw new Fault(
        `Cannot compare line by line as ${found}, which has the same ids in another order: sort both files alike`,
        { file: path, line: line + 1 },
      )
    }
    tellNotes([
      `Lines are compared in their order, though line ${line + 1} of "${path}" is another by its id: ${found}`,
    ])
  }
}

function isId(id: unknown): boolean {
  return typeof id === 'string' || typeof id === 'number'
}

/** 7 and "7" are one id, as tables without types make texts of numbers. */
function asTexts({ path, ids }: LineIds): { path: string; ids: string[] } {
  return { path, ids: ids.map(String) }
}

function sorted(ids: readonly string[]): string {
  return JSON.stringify(ids.toSorted())
}
