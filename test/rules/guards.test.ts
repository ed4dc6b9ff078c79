import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, it, test } from 'vitest'
import { exampleKeys, exampleNames, keysFile } from '../rig/example-keys.ts'

const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'))

// A key that changes makes finished steps worthless. Where it must, raise the version of its kind of step, say in
// CHANGELOG.md which steps are done anew, and run scripts/goldens/guards.ts.
it.each(exampleNames)('steps of examples/%s.yaml have the keys that they had', (name) => {
  expect(exampleKeys(name)).toEqual(read(keysFile(name)))
})

test('every example has its keys kept', () => {
  const examples = join(import.meta.dirname, '../../examples')
  const studies = readdirSync(examples, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.yaml'))
  expect(studies.sort()).toEqual(exampleNames.map((name) => `${name}.yaml`).sort())
  const kept = readdirSync(dirname(keysFile('paper'))).filter((name) => name.endsWith('.json'))
  expect(kept.sort()).toEqual(exampleNames.map((name) => basename(keysFile(name))).sort())
})
