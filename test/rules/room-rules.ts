import { dirname } from 'node:path'
import { type Room, rooms } from './rooms.ts'
import { roomOf, sourceFiles } from './source-files.ts'

/** Most source files, tests not counted, that somebody still reads as one list. */
const mostFiles = 20

/**
 * Checks the table of rooms against src/ below a root: each row has files, a sentence, and rights that it uses and that point up
 * the table, so that rooms make no circle; no folder holds too many files.
 *
 * @returns one sentence a fault
 */
export function roomFaults(root: string, table: Readonly<Record<string, Room>> = rooms): string[] {
  const files = sourceFiles(root)
  const names = Object.keys(table)
  const rowFaults = names.flatMap((room, row) => {
    const { holds, imports } = table[room]!
    const own = files.filter((file) => file.room === room)
    const used = new Set(own.flatMap((file) => file.imports).map(({ target }) => target && roomOf(target)))
    return [
      ...(own.length === 0 ? [`${room} has a row but no file: take it from the table`] : []),
      ...(holds.trim() === '' ? [`${room} does not say what it holds`] : []),
      ...imports.flatMap((right) => [
        ...(used.has(right) ? [] : [`${room} may import ${right} but does not: take the right from its row`]),
        ...(names.indexOf(right) < row
          ? []
          : [`${room} may import ${right}, which stands below it: cut the circle or move a row`]),
      ]),
    ]
  })
  return [...rowFaults, ...crowded(files.map(({ path }) => path))]
}

function crowded(paths: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const path of paths) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1)
  return [...counts]
    .filter(([, count]) => count > mostFiles)
    .map(
      ([folder, count]) =>
        `${folder} holds ${count} source files: give some of them a room of their own, ${mostFiles} is the most`,
    )
}
