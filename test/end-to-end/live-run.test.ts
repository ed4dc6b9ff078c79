import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserPath, noBrowser, openBrowser } from '../rig/browser.ts'
import { writeStudyFolder } from '../rig/study-folder.ts'

if (browserPath === undefined) process.stderr.write(`The live page of a run is not tested: ${noBrowser}\n`)

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const updates = 150

let folder: string
let browser: Browser
const children: ChildProcess[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-live-'))
  if (browserPath !== undefined) browser = await openBrowser()
})
afterAll(async () => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL')
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Program {
  readonly child: ChildProcess
  /** Resolves with what the pattern finds in what it tells. */
  told(pattern: RegExp): Promise<string>
  readonly ended: Promise<number | null>
}

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', ...env },
  })
  children.push(child)
  let text = ''
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
  const told = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = pattern.exec(text)
      if (found !== null) return found[1]!
      if (child.exitCode !== null) throw new Error(`It has ended without ${pattern}: ${text}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  return { child, told, ended }
}

/** Two lessons that take some seconds each, of which the second fails as nothing can be learnt so fast, and a test. */
function writeStudy(): string {
  return writeStudyFolder(folder, (text) =>
    text
      .replace(/chains:.*$/su, 'chains:\n  - flan -> res\n  - flan -> trans(learning_rate=1e30)\nseeds: [1]\n')
      .replace('    labels: {', '    teach: { best_by: macro_f1 }\n    labels: {')
      .replace('epochs: 1, batch: 8', `steps: ${updates}, batch: 8, evaluate_every: 50`),
  )
}

describe.skipIf(browserPath === undefined)('the live page of a real run', () => {
  it('follows steps, losses, failures and answers, over the death of its server, and ends with the run', async () => {
    const study = writeStudy()
    const opened = join(folder, 'opened')
    const show = join(folder, 'show')
    writeFileSync(show, `#!/bin/sh\necho "$1" > ${opened}\n`)
    chmodSync(show, 0o755)
    const server = start(['serve', study, '--port', '0'])
    const address = await server.told(/Open (\S+)/u)
    const page = await browser.newPage()
    page.setDefaultTimeout(120_000)
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.goto(address)
    const now = page.locator('#now')
    await now.getByText('0 of', { exact: false }).waitFor()
    const run = start(['run', study, '--open'], { BROWSER: show, SSH_CONNECTION: '', SSH_TTY: '' })
    const own = await run.told(/Live page, as long as this runs: (\S+)/u)
    const other = await browser.newPage()
    await other.goto(own)

    const curve = page.locator('[data-curve="training loss"] [data-points]').first()
    await curve.waitFor()
    await now.getByText('updates a second').first().waitFor()
    expect(await now.locator('table').first().textContent()).toMatch(
      /teach flan -> res.*\d+ of 150 updates.*\d (?:s|min)/su,
    )
    const before = Number(await curve.getAttribute('data-points'))
    server.child.kill('SIGKILL')
    await page.getByText('The connection is lost').waitFor()
    const second = start(['serve', study, '--port', new URL(address).port])
    await second.told(/Open (\S+)/u)
    await now.getByText('Connected').waitFor()

    await now.getByText('failed:').first().waitFor()
    expect(await run.ended).toBe(1)
    await other.getByText('The server has stopped').waitFor()
    expect(readFileSync(opened, 'utf8').trim()).toBe(own)
    await now.getByText('Answers of the last test').waitFor()
    expect(await now.textContent()).toMatch(/Machine: load [\d.]+ on \d+ processors/u)
    expect(await now.locator('.warnings').textContent()).toMatch(
      /teach flan -> trans\(learning_rate=1e\+?30\), seed 1 failed: .+/u,
    )
    await expectAll(page, curve, before)
    await expectAnswers(page, second.child.pid!)
    expect(complaints).toEqual([])
  }, 180_000)
})

/** Every line of the log has become a point, and the evaluations are there as well. */
async function expectAll(page: Page, curve: ReturnType<Page['locator']>, before: number): Promise<void> {
  await page.waitForFunction(
    `document.querySelector('[data-curve="training loss"] [data-points]').dataset.points === '${updates}'`,
  )
  expect(before).toBeLessThan(updates)
  expect(await curve.textContent()).toContain(`after ${updates} updates`)
  for (const name of ['validation loss', 'validation macro_f1']) {
    expect(await page.locator(`[data-curve="${name}"] [data-points]`).first().getAttribute('data-points'), name).toBe(
      '3',
    )
  }
}

/** A model answers a row as it did in its test, no letters at all, and after the death of a process that answered. */
async function expectAnswers(page: Page, server: number): Promise<void> {
  const form = page.locator('form', { hasText: 'Try it' })
  const ask = async (text: string): Promise<void> => {
    await form.locator('textarea').fill(text)
    await form.getByRole('button').click()
  }
  await ask('Nothing is chosen.')
  await form.getByText('Choose a model.').waitFor()
  await form.getByLabel('flan -> res').check()
  const { source, prediction } = firstAnswer()
  await ask(source)
  await form.locator('.answer-given .body').waitFor()
  expect(await form.locator('.answer-given .body').textContent()).toBe(prediction)
  await ask('')
  await form.getByRole('button', { disabled: false }).waitFor()
  expect(await form.locator('.answer-given .warning').count()).toBe(0)
  await ask('x '.repeat(4000))
  let children: string[] = []
  while (children.length === 0)
    children = spawnSync('pgrep', ['-P', String(server)], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter(Boolean)
  for (const child of children) process.kill(Number(child), 'SIGKILL')
  await form.locator('.answer-given .warning').waitFor()
  await ask(source)
  await form.locator('.answer-given .body').waitFor()
}

/** What the run's only test has asked first, and been told. */
function firstAnswer(): { readonly source: string; readonly prediction: string } {
  const tests = join(folder, '.reteach', 'evaluate')
  const [key] = readdirSync(tests).filter((name) => /^[0-9a-f]{64}$/u.test(name))
  return JSON.parse(readFileSync(join(tests, key!, 'predictions.jsonl'), 'utf8').split('\n')[0]!)
}
