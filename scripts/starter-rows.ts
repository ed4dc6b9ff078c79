// Writes the starter study's invented rows anew: node scripts/run-ts.mjs scripts/starter-rows.ts
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { starterRows } from '../examples/starter-rows.ts'

const folder = join(import.meta.dirname, '../examples/starter')
for (const [name, text] of starterRows(1)) writeFileSync(join(folder, name), text)
