// Writes the table of rooms into ARCHITECTURE.md: node scripts/run-ts.mjs scripts/rooms-table.ts
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withRoomsTable } from '../test/rules/rooms-table.ts'

const path = join(dirname(dirname(fileURLToPath(import.meta.url))), 'ARCHITECTURE.md')
writeFileSync(path, withRoomsTable(readFileSync(path, 'utf8')))
