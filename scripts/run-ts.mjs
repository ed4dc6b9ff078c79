// Runs a TypeScript file of this repository: `node scripts/run-ts.mjs bench/kernel.ts [arguments]`. The oldest Node that is
// supported cannot do so by itself.
import { resolve } from 'node:path'
import { runnerImport } from 'vite'

const [file] = process.argv.splice(2, 1)
if (file === undefined) throw new Error('Cannot run as no file is named: node scripts/run-ts.mjs FILE [arguments]')
await runnerImport(resolve(file), { configFile: false, logLevel: 'error' })
