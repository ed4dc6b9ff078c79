// Writes what every output holds into docs/OUTPUT.md: node scripts/run-ts.mjs scripts/output-reference.ts
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withOutputReference } from '../test/rules/output-reference.ts'

const path = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs/OUTPUT.md')
writeFileSync(path, withOutputReference(readFileSync(path, 'utf8')))
