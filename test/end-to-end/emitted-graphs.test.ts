import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { graphCosts, graphCostsFile, graphHashes, graphHashesFile } from '../rig/emitted-graphs.ts'

const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'))

// Some hundred graphs: nobody waits for them on a machine that does other things as well.
const patienceMs = 300_000

test('graphs are emitted byte for byte as before', { timeout: patienceMs }, () => {
  expect(graphHashes()).toEqual(read(graphHashesFile))
})

// An optimisation that is lost shows here without a clock: more nodes, more bytes written, more held at a time.
test('updates are computed by as many nodes, in as many bytes, as before', { timeout: patienceMs }, () => {
  expect(graphCosts()).toEqual(read(graphCostsFile))
})
