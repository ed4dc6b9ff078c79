import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, it, test } from 'vitest'
import { graphCosts, graphCostsFile, graphHashes, graphHashesFile } from '../rig/emitted-graphs.ts'
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

// Some hundred graphs: nobody waits for them on a machine that does other things as well.
const patienceMs = 300_000

test('graphs are emitted byte for byte as before', { timeout: patienceMs }, () => {
  expect(graphHashes()).toEqual(read(graphHashesFile))
})

// An optimisation that is lost shows here without a clock: more nodes, more bytes written, more held at a time.
test('updates are computed by as many nodes, in as many bytes, as before', { timeout: patienceMs }, () => {
  expect(graphCosts()).toEqual(read(graphCostsFile))
})
