// Writes the table of a lesson's settings into docs/SETTINGS.md: node scripts/run-ts.mjs scripts/settings-table.ts
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withSettingsTable } from '../test/rules/settings-table.ts'

const path = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs/SETTINGS.md')
writeFileSync(path, withSettingsTable(readFileSync(path, 'utf8')))
