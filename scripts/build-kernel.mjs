// Compiles src/engine/cpu/kernel/kernel.as.ts and what it imports to kernel.wasm. With --check it compiles in memory and
// fails when the committed file differs by a byte.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { main } from 'assemblyscript/asc'

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'src/engine/cpu/kernel')
const wasmPath = join(folder, 'kernel.wasm')
const sources = ['kernel.as.ts', 'adafactor.as.ts', 'rows.as.ts']

let wasm
const { error, stderr } = await main(
  [
    'kernel.as.ts',
    ...['--outFile', 'kernel.wasm', '--runtime', 'stub', '--enable', 'simd', '--importMemory', '--noAssert'],
    ...['-O3', '--converge'],
  ],
  {
    readFile: (name) => (sources.includes(name) ? readFileSync(join(folder, name), 'utf8') : null),
    writeFile: (_, contents) => {
      wasm = contents
    },
    listFiles: () => [],
  },
)

if (error || wasm === undefined) {
  console.error(`Cannot compile kernel.as.ts:\n${stderr.toString()}`)
  process.exitCode = 1
} else if (!process.argv.includes('--check')) {
  writeFileSync(wasmPath, wasm)
  console.log(`kernel.wasm: ${wasm.length} bytes`)
} else if (Buffer.compare(wasm, readFileSync(wasmPath)) !== 0) {
  console.error('kernel.wasm is not what kernel.as.ts compiles to: run "npm run kernel" and commit the result')
  process.exitCode = 1
}
