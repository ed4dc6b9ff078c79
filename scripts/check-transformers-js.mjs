// Exports every model of the tests as ONNX, and compares the answers of transformers.js with this program's, on 64 sources each:
//   npm run build && node scripts/check-transformers-js.mjs [DIR]
// transformers.js is installed in DIR, or in a temporary folder: its onnxruntime, and sharp, are too large for this package.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const version = '4.3.1'
const root = fileURLToPath(new URL('..', import.meta.url))
const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'reteach-transformers-js-'))
const run = (command, args) => spawnSync(command, args, { cwd: folder, stdio: 'inherit' }).status

if (!existsSync(join(folder, 'node_modules', '@huggingface', 'transformers'))) {
  writeFileSync(join(folder, 'package.json'), '{"private": true}\n')
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', `@huggingface/transformers@${version}`])
}
let failed = 0
const models = join(root, 'test', 'fixtures', 'models')
// ByT5 has no tokenizer there.
for (const name of readdirSync(models).filter((one) => !one.includes('.') && one !== 'small-byt5')) {
  const out = join(folder, `exported-${name}`)
  rmSync(out, { recursive: true, force: true })
  console.log(`${name}:`)
  const args = ['export', join(models, name), '--to', 'onnx', '--out', out, '--check']
  if (run(process.execPath, [join(root, 'dist', 'cli', 'main.js'), ...args]) !== 0) failed++
  rmSync(out, { recursive: true, force: true })
}
if (process.argv[2] === undefined) rmSync(folder, { recursive: true })
console.log(failed === 0 ? 'All answers in float32 are the same' : `${failed} models answer otherwise in float32`)
process.exitCode = failed === 0 ? 0 : 1
