import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { withOutputReference } from './output-reference.ts'

it('docs/OUTPUT.md tells what every output holds', () => {
  const text = readFileSync(new URL('../../docs/OUTPUT.md', import.meta.url), 'utf8')
  expect(text, 'run node scripts/run-ts.mjs scripts/output-reference.ts').toBe(withOutputReference(text))
})
