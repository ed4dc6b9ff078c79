// Compiles src/ to dist/, copies the assets that the compiler leaves out, and puts what a program loads into few files.
// `npm ci` runs it through "prepare".
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundlePage } from './bundle-page.mjs'
import { bundlePrograms } from './bundle-programs.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
const assetEndings = ['.wasm', '.json']

rmSync(join(root, 'dist'), { recursive: true, force: true })
execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' })
for (const path of readdirSync(join(root, 'src'), { recursive: true })) {
  if (assetEndings.some((ending) => path.endsWith(ending))) cpSync(join(root, 'src', path), join(root, 'dist', path))
}
await bundlePrograms(root)
await bundlePage(root)
chmodSync(join(root, 'dist/cli/main.js'), 0o755)
