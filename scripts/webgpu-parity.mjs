// Runs the parity tests of every model on a graphics card: forward, gradients, 24 updates, dropout's masks, answers by every option
// set. `--long` adds split and repeated batches, dropout's moments over 600 masks and label smoothing. `--software` takes SwiftShader,
// where the former take some ten minutes on two free cores, and the latter hours; what follows `--` goes to vitest, such as `-t tiny-t5`.
//
//   node scripts/webgpu-parity.mjs [--software] [--long] [-- VITEST OPTIONS]
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'

const root = dirname(import.meta.dirname)
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
const software = '/usr/lib/chromium/vk_swiftshader_icd.json'
const long = ['test/end-to-end/parity-slow.test.ts', 'src/train/label-smoothing.test.ts']

const { values, positionals } = parseArgs({
  options: { software: { type: 'boolean', default: false }, long: { type: 'boolean', default: false } },
  allowPositionals: true,
})
if (values.software && !existsSync(software)) {
  throw new Error(`Cannot test on SwiftShader as ${software} is not there: install Debian's chromium and libvulkan1`)
}
const tests = ['test/end-to-end/parity.test.ts', ...(values.long ? long : [])]
const args = [vitest, 'run', ...tests, '--testTimeout=14400000', '--maxWorkers=1', ...positionals]
const { status } = spawnSync(process.execPath, args, {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    ...(values.software ? { VK_ICD_FILENAMES: software } : {}),
    RETEACH_PARITY_DEVICE: 'webgpu',
    NO_COLOR: '1',
  },
})
process.exitCode = status ?? 1
