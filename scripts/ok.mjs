// What must hold before a commit: format and lint, types, unused exports, a whole lock file, the kernel against its source,
// import directions and unit tests (not with --without-tests). Prints each part with its time, and the output of those that fail.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** What types were found right before: only what has changed since is looked at again. */
const typesSeen = join(root, 'node_modules/.cache/ok.tsbuildinfo')

/** The script behind a package's command, so that no shell and no PATH is needed. */
function bin(name, command = name) {
  const folder = join(root, 'node_modules', name)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return join(folder, typeof bin === 'string' ? bin : bin[command])
}

// CI runs every test once, in npm test.
const withoutTests = process.argv.includes('--without-tests')
const parts = [
  ['format and lint', [bin('@biomejs/biome', 'biome'), 'check', '--error-on-warnings', '.']],
  ['types', [bin('typescript', 'tsc'), '-p', 'tsconfig.json', '--incremental', '--tsBuildInfoFile', typesSeen]],
  ['types of the page', [bin('typescript', 'tsc'), '-p', 'tsconfig.page.json']],
  ['unused exports', [bin('knip'), '--no-progress']],
  ['exports of tests alone', [bin('knip'), '--no-progress', '--production']],
  ['lock file', ['scripts/complete-lock.mjs', '--check']],
  // A unit test compares the kernel with its source as well.
  ...(withoutTests ? [['kernel', ['scripts/build-kernel.mjs', '--check']]] : []),
]
/** Has a core for each of its workers. */
const tests = ['rules and unit tests', [bin('vitest'), 'run', '--project', 'unit', '--reporter=dot']]

/** @returns {Promise<{ code: number, output: string, seconds: number }>} */
function run(args) {
  const begun = performance.now()
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    }
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, output, seconds: (performance.now() - begun) / 1000 }))
  })
}

const begun = performance.now()
let failed = 0
async function judge([name, args]) {
  const { code, output, seconds } = await run(args)
  console.log(`${code === 0 ? 'ok    ' : 'failed'} ${name.padEnd(24)}${seconds.toFixed(1).padStart(6)} s`)
  if (code === 0) return
  failed++
  console.log(output)
}

const waiting = [...parts]
async function lane() {
  for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) await judge(part)
}
// Most of them use one core.
await Promise.all([lane(), lane()])
if (!withoutTests) await judge(tests)
const total = ((performance.now() - begun) / 1000).toFixed(1)
console.log(
  failed === 0 ? `all ok in ${total} s` : `${failed} of ${parts.length + (withoutTests ? 0 : 1)} parts failed`,
)
process.exitCode = failed === 0 ? 0 : 1
