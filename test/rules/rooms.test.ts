import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { sourceTree } from '../rig/source-tree.ts'
import { roomFaults } from './room-rules.ts'
import { withRoomsTable } from './rooms-table.ts'

const root = dirname(dirname(import.meta.dirname))

it('every room has a sentence, uses its rights, lies below what it imports and is small enough to be read', () => {
  expect(roomFaults(root)).toEqual([])
})

it('ARCHITECTURE.md shows the table of rooms as it is', () => {
  const document = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
  expect(withRoomsTable(document), 'run "node scripts/run-ts.mjs scripts/rooms-table.ts"').toBe(document)
  expect(document).toContain('| `base/` | ')
})

const files = { 'src/low/a.ts': '', 'src/high/part/b.ts': "import type { A } from '../../low/a.ts'" }
const low = { holds: 'what is low', imports: [] }
const high = { holds: 'what is high', imports: ['low'] }

it('lets through a table that fits', () => {
  expect(roomFaults(sourceTree(files), { low, 'high/part': high })).toEqual([])
})

it.each([
  [
    'a right that nobody uses',
    { low, 'high/part': { ...high, imports: ['low', 'low/part'] } },
    'may import low/part but',
  ],
  ['a room below what it imports', { 'high/part': high, low }, 'high/part may import low, which stands below it'],
  ['a room without files', { low, 'high/part': high, empty: low }, 'empty has a row but no file'],
  ['a room without a sentence', { low: { ...low, holds: ' ' }, 'high/part': high }, 'low does not say what it holds'],
])('finds %s', (_, table, fault) => {
  const faults = roomFaults(sourceTree(files), table)
  expect(faults[0]).toContain(fault)
})

it('finds a folder of more than 20 source files, tests not counted', () => {
  const names = Array.from({ length: 20 }, (_, i) => `src/low/deep/${i}.ts`)
  const tree = (paths: readonly string[]) => sourceTree(Object.fromEntries(paths.map((path) => [path, ''])))
  expect(roomFaults(tree([...names, 'src/low/deep/a.test.ts']), { 'low/deep': low })).toEqual([])
  expect(roomFaults(tree([...names, 'src/low/deep/a.ts']), { 'low/deep': low })).toEqual([
    'src/low/deep holds 21 source files: give some of them a room of their own, 20 is the most',
  ])
})
