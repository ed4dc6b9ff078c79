// Prints how many tests of some vitest reports passed and failed: node scripts/count-tests.mjs FILE.json [...]
//
// A test file that cannot be loaded counts as one failed test, as does a report that is not there: its run broke down.
import { readFileSync } from 'node:fs'

let passed = 0
let failed = 0
for (const file of process.argv.slice(2)) {
  const { numPassedTests, numFailedTests, testResults } = read(file)
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  )
  passed += numPassedTests
  failed += numFailedTests + broken.length
}
console.log(`${passed} passed, ${failed} failed`)

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return { numPassedTests: 0, numFailedTests: 1, testResults: [] }
  }
}
