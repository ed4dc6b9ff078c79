// Runs the parity tests of every model on a graphics card: forward, gradients, 24 updates, split and repeated batches, dropout's
// moments, answers by every option set, label smoothing. `--software` takes SwiftShader, where this takes hours; what
// follows `--` goes to vitest, such as `-t tiny-t5`.
//
//   node scripts/webgpu-parity.mjs [--software] [-- VITEST OPTIONS]
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const root = dirname(import.meta.dirname)
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
const tests = [
  'test/end-to-end/parity.test.ts',
  'test/end-to-end/parity-slow.test.ts',
  'src/train/label-smoothing.test.ts',
]
const given = process.argv.slice(2)
const rest = given.includes('--') ? given.slice(given.indexOf('--') + 1) : []
const software = given.includes('--software') ? { VK_ICD_FILENAMES: '/usr/lib/chromium/vk_swiftshader_icd.json' } : {}
const args = [vitest, 'run', ...tests, '--testTimeout=14400000', '--maxWorkers=1', ...rest]
const { status } = spawnSync(process.execPath, args, {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, ...software, RETEACH_PARITY_DEVICE: 'webgpu', NO_COLOR: '1' },
})
process.exitCode = status ?? 1
