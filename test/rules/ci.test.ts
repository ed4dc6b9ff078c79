import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { sourceTree } from '../rig/source-tree.ts'

const root = dirname(dirname(import.meta.dirname))
const json = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'))

it('count-tests adds up reports; a file that cannot be loaded and a report that is not there each count as failed', () => {
  const loaded = { status: 'passed', assertionResults: [{ status: 'passed' }] }
  const broken = { status: 'failed', assertionResults: [] }
  const counted = { status: 'failed', assertionResults: [{ status: 'failed' }] }
  const folder = sourceTree({
    'a.json': JSON.stringify({ numPassedTests: 5, numFailedTests: 1, testResults: [loaded, counted, broken] }),
    'b.json': JSON.stringify({ numPassedTests: 20, numFailedTests: 0, testResults: [loaded] }),
  })
  const files = ['a.json', 'b.json', 'c.json'].map((name) => join(folder, name))
  const count = (...args: string[]) =>
    execFileSync(process.execPath, [join(root, 'scripts/count-tests.mjs'), ...args], { encoding: 'utf8' })
  expect(count(files[0]!, files[1]!)).toBe('25 passed, 2 failed\n')
  expect(count(...files)).toBe('25 passed, 3 failed\n')
})

it('CI tests the oldest Node that package.json allows, the newest, and all on one between', () => {
  const { engines } = json('package.json') as { engines: { node: string } }
  const nodes = json('.ci/nodes.json') as { node: string; runs: string }[]
  expect(`>=${nodes[0]!.node}`).toBe(engines.node)
  expect(nodes.at(-1)!.node).toBe('latest')
  expect(nodes.filter(({ runs }) => runs === 'suite').map(({ node }) => Number(node))).toEqual([24])
})

it('the lock file runs no install script but those that package.json allows', () => {
  const { packages } = json('package-lock.json') as { packages: Record<string, { hasInstallScript?: true }> }
  const { allowScripts } = json('package.json') as { allowScripts: Record<string, boolean> }
  const scripts = Object.keys(packages).filter((place) => packages[place]!.hasInstallScript)
  expect(scripts.filter((place) => !allowScripts[place.replace('node_modules/', '')])).toEqual([])
  expect(allowScripts['onnxruntime-node']).toBe(false)
})
