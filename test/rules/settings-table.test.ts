import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { settingNames } from '../../src/lesson/settings.ts'
import { withSettingsTable } from './settings-table.ts'

const document = readFileSync(join(import.meta.dirname, '../../docs/SETTINGS.md'), 'utf8')

it('docs/SETTINGS.md has every setting as its row has it', () => {
  for (const name of settingNames) expect(document).toContain(`| \`${name}\` |`)
  expect(withSettingsTable(document), 'run "node scripts/run-ts.mjs scripts/settings-table.ts"').toBe(document)
})
