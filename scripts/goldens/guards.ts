// Writes the step keys of the examples and the hashes of the emitted graphs anew, after a change that is meant to change
// them: node scripts/run-ts.mjs scripts/goldens/guards.ts
import { writeFileSync } from 'node:fs'
import { graphCosts, graphCostsFile, graphHashes, graphHashesFile } from '../../test/rig/emitted-graphs.ts'
import { exampleKeys, exampleNames, keysFile } from '../../test/rig/example-keys.ts'

for (const name of exampleNames) writeFileSync(keysFile(name), `${JSON.stringify(exampleKeys(name), null, 1)}\n`)
writeFileSync(graphHashesFile, `${JSON.stringify(graphHashes(), null, 1)}\n`)
writeFileSync(graphCostsFile, `${JSON.stringify(graphCosts(), null, 1)}\n`)
