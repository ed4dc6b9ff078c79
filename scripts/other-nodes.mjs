// Tests the built program on the Nodes of .ci/nodes.json, whose binaries npm's registry has:
//
//   node scripts/other-nodes.mjs REPORTS [NODE ...]     all of them, or those named
//
// `suite` is every test but those that go on long about our own arithmetic and rules, which npm test has had on one Node; `smoke`
// a few commands as a user types them, the command line's tests and the training steps that equal the reference's. Writes a report for count-tests.mjs into REPORTS for each run, in which a command counts as a test.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const smokeCommands = ['npx reteach --version', 'npx reteach doctor --seconds 1', 'npx reteach demo --dry-run']
const smokeTests = ['test/end-to-end/commands.test.ts', 'test/end-to-end/api.test.ts', 'test/end-to-end/parity.test.ts']

const onOneNode = [
  ...['parity-slow', 'verdict-simulation', 'recommendation', 'figures', 'emitted-graphs', 'webgpu'],
  ...['disturbed-study', 'fuzz-data', 'slurm', 'two-hosts'],
].flatMap((name) => ['--exclude', `test/end-to-end/${name}.test.ts`])

const [reports, ...only] = process.argv.slice(2)
if (reports === undefined)
  throw new Error('Cannot test as no folder is named: node scripts/other-nodes.mjs REPORTS [NODE ...]')
const nodes = JSON.parse(readFileSync(join(root, '.ci/nodes.json'), 'utf8'))
const wanted = nodes.filter(({ node }) => only.length === 0 || only.includes(node))
const results = wanted.map(({ node, runs }) => testOn(node, runs))
process.exitCode = results.length > 0 && results.every(Boolean) ? 0 : 1

/** @returns {boolean} whether all went well */
function testOn(node, runs) {
  const folder = mkdtempSync(join(tmpdir(), 'other-node-'))
  try {
    const env = { ...process.env, PATH: `${install(node, folder)}${delimiter}${process.env.PATH}` }
    const version = spawnSync('node', ['--version'], { env, encoding: 'utf8' }).stdout.trim()
    console.log(`\nNode ${version}: ${runs}`)
    const commands = runs === 'smoke' ? runCommands(env, join(reports, `on-${node}-commands.json`)) : true
    return runTests(env, runs === 'smoke' ? smokeTests : onOneNode, join(reports, `on-${node}-tests.json`)) && commands
  } catch (error) {
    console.error(error)
    writeReport(join(reports, `on-${node}-tests.json`), 0, 1)
    return false
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Installs the package that holds one platform's binary: npm's package `node` would have a script of its own fetch it.
 *
 * @returns {string} the folder of the binary
 */
function install(node, folder) {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const args = ['install', '--no-save', '--ignore-scripts', '--prefix', folder, `${name}@${node}`]
  const { status } = spawnSync('npm', args, { cwd: folder, stdio: 'inherit' })
  if (status !== 0) throw new Error(`Cannot test on Node ${node} as npm could not install ${name}@${node}`)
  return join(folder, 'node_modules', name, 'bin')
}

function runCommands(env, report) {
  const failed = smokeCommands.filter((command) => {
    const { status, stdout, stderr } = spawnSync(command, { cwd: root, env, shell: true, encoding: 'utf8' })
    console.log(`${status === 0 ? 'ok    ' : 'failed'} ${command}`)
    if (status !== 0) console.log(stdout + stderr)
    return status !== 0
  })
  writeReport(report, smokeCommands.length - failed.length, failed.length)
  return failed.length === 0
}

function runTests(env, which, report) {
  const args = ['node_modules/vitest/vitest.mjs', 'run', ...which]
  const { status } = spawnSync('node', args, {
    cwd: root,
    env: { ...env, TEST_REPORT: resolve(report) },
    stdio: 'inherit',
  })
  if (status !== 0 && !existsSync(report)) writeReport(report, 0, 1)
  return status === 0
}

function writeReport(file, numPassedTests, numFailedTests) {
  writeFileSync(file, JSON.stringify({ numPassedTests, numFailedTests, testResults: [] }))
}
