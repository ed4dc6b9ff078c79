// Reads 10,000 mutated spiece.model files and as many mutated tokenizer.json files: `node scripts/fuzz-tokenizer.mjs [rounds]`.
// Each must give a tokenizer or one sentence, within seconds. `npm test` runs the first of them.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const rounds = process.argv[2] ?? '10000'
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', 'src/tokenizer/tokenizer.fuzz.test.ts', '--testTimeout=3600000'],
  { cwd: root, stdio: 'inherit', env: { ...process.env, FUZZ_ROUNDS: rounds } },
)
process.exitCode = status ?? 1
