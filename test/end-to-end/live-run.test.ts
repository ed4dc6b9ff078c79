import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserPath, noBrowser, openBrowser } from '../rig/browser.ts'
import { childrenOf } from '../rig/processes.ts'
import { writeStudyFolder } from '../rig/study-folder.ts'

if (browserPath === undefined) process.stderr.write(`The live page of a run is not tested: ${noBrowser}\n`)

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const updates = 150

let folder: string
let browser: Browser
const children: ChildProcess[] = []
/** A process that is stopped: it would stay when its parent is gone. */
let held: number | undefined

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-live-'))
  if (browserPath !== undefined) browser = await openBrowser()
})
afterAll(async () => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL')
  if (held !== undefined) release(held)
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
      await sleep(20)
    }
  }
  return { child, told, ended }
}

/** Two lessons, of which the second fails as nothing can be learnt so fast, and a test. */
function writeStudy(): string {
  return writeStudyFolder(folder, (text) =>
    text
      .replace(/chains:.*$/su, 'chains:\n  - flan -> res\n  - flan -> trans(learning_rate=1e30)\nseeds: [1]\n')
      .replace('    labels: {', '    teach: { best_by: macro_f1 }\n    labels: {')
      .replace('epochs: 1, batch: 8', `steps: ${updates}, batch: 8, evaluate_every: 50`),
  )
}

// Processes are found in /proc.
describe.skipIf(browserPath === undefined || process.platform !== 'linux')('the live page of a real run', () => {
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
    await now.getByText('0 of 6 steps').waitFor()
    const run = start(['run', study, '--open'], { BROWSER: show, SSH_CONNECTION: '', SSH_TTY: '' })
    const own = await run.told(/Live page, as long as this runs: (\S+)/u)
    const other = await browser.newPage()
    await other.goto(own)

    const lesson = await heldLesson(run.child.pid!)
    held = lesson
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
    process.kill(lesson, 'SIGCONT')

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
  }, 600_000)
})

/**
 * Stops the first lesson of a run, when it has told how far it is: a machine may be through with it before anybody has looked.
 *
 * @returns its process
 */
async function heldLesson(run: number): Promise<number> {
  await logged(20)
  const lesson = await childOf(run)
  process.kill(lesson, 'SIGSTOP')
  // How far a lesson is is told at most once in two seconds.
  await sleep(2100)
  const already = loggedLines()
  process.kill(lesson, 'SIGCONT')
  await logged(already + 5)
  process.kill(lesson, 'SIGSTOP')
  return lesson
}

async function logged(lines: number): Promise<void> {
  while (loggedLines() < lines) await sleep(1)
}

/** Of the lesson under way. */
function loggedLines(): number {
  try {
    const lessons = join(folder, '.reteach', 'teach')
    const state = readdirSync(lessons).find((name) => name.endsWith('.state'))
    return readFileSync(join(lessons, state!, 'log.jsonl'), 'utf8').split('\n').length - 1
  } catch {
    return 0
  }
}

async function childOf(pid: number): Promise<number> {
  for (;;) {
    const [child] = childrenOf(pid)
    if (child !== undefined) return child
    await sleep(5)
  }
}

function release(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT')
  } catch {
    // It has ended.
  }
}

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
  await form.getByText('The text is empty, so that the answer says nothing').waitFor()
  await form.locator('.answer-given .chip.label').first().waitFor()
  await ask('many words '.repeat(400))
  await form.getByText(/The source has \d+ tokens: the model reads the first \d+/u).waitFor()
  await ask('x '.repeat(4000))
  process.kill(await childOf(server), 'SIGKILL')
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
