// Writes every key of a study file into docs/STUDY.md: node scripts/run-ts.mjs scripts/study-reference.ts
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withStudyReference } from '../test/rules/study-reference.ts'

const path = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs/STUDY.md')
writeFileSync(path, withStudyReference(readFileSync(path, 'utf8')))
