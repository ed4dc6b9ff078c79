import { type Room, rooms } from './rooms.ts'

const begin = '<!-- rooms: written by node scripts/run-ts.mjs scripts/rooms-table.ts from test/rules/rooms.ts -->'
const end = '<!-- end of rooms -->'

/** ARCHITECTURE.md with the table of rooms between its marks. */
export function withRoomsTable(document: string, table: Readonly<Record<string, Room>> = rooms): string {
  const from = document.indexOf(begin)
  const to = document.indexOf(end)
  if (from < 0 || to < from) throw new Error('Cannot find the marks of the table of rooms')
  return `${document.slice(0, from)}${begin}\n${roomsTable(table)}\n${document.slice(to)}`
}

/** The rooms, each with what it holds and the rooms that it imports. */
function roomsTable(table: Readonly<Record<string, Room>>): string {
  const rows = Object.entries(table).map(
    ([room, { holds, imports }]) => `| \`${room}/\` | ${holds} | ${imports.join(', ')} |`,
  )
  return ['| room | holds | imports |', '|---|---|---|', ...rows].join('\n')
}
