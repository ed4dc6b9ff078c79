import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, it, onTestFinished } from 'vitest'
import { takeLock } from '../../src/base/lock.ts'
import type { Store } from '../../src/study/store/store.ts'
import { browserPath, openBrowser } from '../rig/browser.ts'
import { runCli } from '../rig/cli.ts'
import { walkByKeys } from '../rig/keyboard-walk.ts'
import { runScripted, writeScriptedStudy } from '../rig/scripted-study.ts'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const lesson = 'base -> x -> y'

let folder: string
let study: string
let store: Store
let keyOf: (label: string) => string
let key: string
/** The test of the lesson under way. */
let test: string
let steps = 0
let server: ChildProcess | undefined

/** A finished store but for one lesson, which this process holds the lock of and whose log it writes. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-serve-'))
  study = writeScriptedStudy(folder, `chains: [base -> x, base -> y, ${lesson}]\nseeds: [1]`, { rows: 10 })
  const run = await runScripted(study, {
    right: () => 0.5,
    failure: ({ lessons }) => (lessons.length === 3 ? 'the memory is full' : undefined),
  })
  store = run.store
  keyOf = (name) => [...run.plan.steps.values()].find(({ label }) => label === name)!.key
  key = keyOf(`teach ${lesson}, seed 1`)
  test = keyOf(`evaluate ${lesson}, seed 1 on y`)
  mkdirSync(join(store.folder, 'teach', `${key}.state`))
  log(3)
})
afterEach(async () => await stop('SIGKILL'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function log(count: number): void {
  const lines = Array.from({ length: count }, () => `{"step":${++steps},"loss":${1 + 1 / steps}}\n`)
  appendFileSync(join(store.folder, 'teach', `${key}.state`, 'log.jsonl'), lines.join(''))
}

function evaluation(step: number, loss: number): void {
  appendFileSync(join(store.folder, 'teach', `${key}.state`, 'evaluations.jsonl'), `{"step":${step},"loss":${loss}}\n`)
}

/** @returns the address that it tells */
function serve(...args: string[]): Promise<string> {
  return serveIn(folder, study, ...args)
}

function serveIn(cwd: string, ...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [main, 'serve', ...args], { cwd })
  server = child
  return new Promise((resolve, reject) => {
    let told = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      told += text
      const [, address] = /Open (http:\S+)/u.exec(told) ?? []
      if (address !== undefined) resolve(address)
    })
    child.on('exit', () => reject(new Error(told)))
  })
}

async function stop(signal: NodeJS.Signals): Promise<number | null> {
  const child = server
  server = undefined
  if (child === undefined || child.exitCode !== null) return null
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
  child.kill(signal)
  return await ended
}

/** Events up to the first that a test waits for. */
async function eventsUntil(
  address: string,
  last: string,
  headers: Record<string, string> = {},
  query = '',
): Promise<string> {
  const response = await fetch(new URL(`/events${query}`, address), { headers })
  let text = ''
  const decoder = new TextDecoder()
  for await (const part of response.body!) {
    text += decoder.decode(part as Uint8Array, { stream: true })
    if (text.includes(last) && text.endsWith('\n\n')) break
  }
  return text
}

it('reteach serve tells steps, failures and losses; who comes back to another server gets what is new and nothing twice', async () => {
  const address = await serve('--port', '0')
  const failed = await eventsUntil(address, '"failed":[{')
  expect(failed).toContain('"reason":"the memory is full"')
  const lock = takeLock(join(store.folder, 'teach', `${key}.lock`))
  const first = await eventsUntil(address, 'event: points')
  expect(first).toContain(`"running":[{"label":"teach ${lesson}, seed 1"`)
  expect(first).toContain('"points":[[1,2],[2,1.5],[3,1.3333]]')
  const [, place] = /id: (\S+)/u.exec(first)!
  log(2)
  expect(await stop('SIGTERM')).toBe(0)
  const next = await serve('--port', '0')
  const second = await eventsUntil(next, 'event: points', { 'last-event-id': place! })
  expect(second).toContain('"points":[[4,1.25],[5,1.2]]')
  // A page that asks anew by itself can send no header.
  const third = await eventsUntil(next, 'event: points', {}, `?read=${place!}`)
  expect(third).toContain('"points":[[4,1.25],[5,1.2]]')
  if ('release' in lock) lock.release()
})

it('reteach serve says that it shows a study as it was, where its file or its data have another content', async () => {
  const address = await serve('--port', '0')
  const rows = join(folder, 'x-test.csv')
  const told = (file: string): string => JSON.stringify(`"${file}" was changed after this server began`).slice(0, -1)
  const [text, table] = [readFileSync(study), readFileSync(rows)]
  onTestFinished(() => {
    writeFileSync(study, text)
    writeFileSync(rows, table)
  })
  writeFileSync(study, text)
  expect(await eventsUntil(address, 'event: status')).toContain('"notes":[]')
  appendFileSync(study, '# more\n')
  expect(await eventsUntil(address, '"notes":["')).toContain(told(study))
  writeFileSync(study, text)
  expect(await eventsUntil(address, 'event: status')).toContain('"notes":[]')
  appendFileSync(rows, 'one,more\n')
  expect(await eventsUntil(address, '"notes":["')).toContain(told('x-test.csv'))
})

it('reteach serve without a study takes study.yaml of the folder, and says so where there is none', async () => {
  const address = await serveIn(folder, '--port', '0')
  expect(await (await fetch(address)).text()).toContain('<title>scripted – reteach</title>')
  expect(await stop('SIGTERM')).toBe(0)
  await expect(serveIn(store.folder, '--port', '0')).rejects.toThrow(
    'There is no "study.yaml" in this folder: name a study\'s file',
  )
})

it('reteach serve refuses other hosts, other sites, questions without bounds, and on an address of others whoever has no token', async () => {
  const address = await serve('--port', '0')
  const status = async (path: string, init: RequestInit = {}): Promise<number> =>
    (await fetch(new URL(path, address), init)).status
  expect(await status('/')).toBe(200)
  expect(await status('/events', { headers: { origin: 'https://example.org' } })).toBe(403)
  expect(await status('/nothing')).toBe(404)
  expect(await status('/', { method: 'HEAD' })).toBe(200)
  // What never ends is not begun where nothing of it would be sent.
  expect(await status('/events', { method: 'HEAD' })).toBe(404)
  const malformed = await fetch(`${address}%ff`)
  expect([malformed.status, await malformed.text()]).toEqual([400, 'The address is none'])
  expect(malformed.headers.get('x-content-type-options')).toBe('nosniff')
  const ask = (body: string) => status('/answers', { method: 'POST', body })
  expect(await ask('no JSON')).toBe(400)
  expect(await ask(JSON.stringify({ text: 'x'.repeat(10_001), models: [] }))).toBe(400)
  expect(await ask(JSON.stringify({ text: 'x'.repeat(100_000), models: [] }))).toBe(413)
  for (const odd of [
    '',
    'null',
    '[]',
    '{"text":1,"models":[]}',
    JSON.stringify({ text: 'a', models: Array(13).fill('b') }),
  ])
    expect(await ask(odd), odd).toBe(400)
  const unknown = await fetch(new URL('/answers', address), {
    method: 'POST',
    body: JSON.stringify({ text: 'a', models: ['b'] }),
  })
  expect(await unknown.json()).toEqual([{ name: 'b', fault: 'The study has no such model' }])
  await stop('SIGTERM')
  const open = new URL(await serve('--port', '0', '--host', '0.0.0.0', '--token', 'secret'))
  expect([open.hostname, open.search]).toEqual([hostname().toLowerCase(), '?token=secret'])
  open.hostname = '127.0.0.1'
  expect((await fetch(open)).status).toBe(200)
  open.search = ''
  expect((await fetch(open)).status).toBe(403)
})

it('reteach run --open tells its address, over ssh how to reach it, and where there is no browser that there is none', async () => {
  const finished = writeScriptedStudy(join(folder, 'finished'), 'chains: [base -> x]\nseeds: [1]', { rows: 5 })
  // A run opens the tokenizers, which the scripted runners do not.
  cpSync(new URL('../../examples/starter/spiece.model', import.meta.url), join(folder, 'finished/spiece.model'))
  await runScripted(finished, { right: () => 0.5 })
  const nowhere = { SSH_CONNECTION: '', SSH_TTY: '', DISPLAY: '', WAYLAND_DISPLAY: '', BROWSER: '' }
  const told = async (env: Readonly<Record<string, string>>, ...more: string[]): Promise<string> =>
    (await runCli(['run', finished, '--open', ...more], { cwd: folder, env: { ...nowhere, ...env } })).err
  const address = /Live page, as long as this runs: http:\/\/127\.0\.0\.1:\d+\/\n/u
  const [far, none, gone, dry] = await Promise.all([
    told({ SSH_TTY: '/dev/pts/1' }),
    told({}),
    told({ BROWSER: join(folder, 'no such browser') }),
    told({}, '--dry-run'),
  ])
  expect(far).toMatch(address)
  expect(far).toMatch(/ssh -L (\d+):127\.0\.0\.1:\1 /u)
  expect(none).toContain('No browser could be opened here')
  expect(gone).toContain('No browser could be opened here')
  expect(dry).toContain('There is nothing to look at in a dry run')
})

it.skipIf(browserPath === undefined)(
  'the live page follows a lesson, also over the death of its server',
  async () => {
    const lock = takeLock(join(store.folder, 'teach', `${key}.lock`))
    const address = await serve('--port', '0')
    const browser = await openBrowser()
    try {
      const page = await browser.newPage()
      const complaints: string[] = []
      page.on('pageerror', (error) => complaints.push(error.message))
      await page.goto(address)
      const told = page.locator('#now .legend')
      await told.getByText(`after ${steps} updates`).waitFor()
      // One that hangs, as behind a tunnel that is gone, is told as well.
      server!.kill('SIGSTOP')
      await page.getByText('Nothing comes from the server').waitFor()
      server!.kill('SIGCONT')
      await page.getByText('Connected', { exact: true }).waitFor()
      await stop('SIGKILL')
      await page.getByText('The connection is lost').waitFor()
      log(4)
      await serve('--port', new URL(address).port)
      await told.getByText(`after ${steps} updates`).waitFor()
      expect(await page.locator('#now').textContent()).toContain(`teach ${lesson}, seed 1`)
      // The rig's fresh lesson of y has come to 1.
      const validation = page.locator('[data-curve="validation loss"]')
      evaluation(10, 1.5)
      await validation.getByText('1.500 after 10 updates, not yet at the fresh start’s best, 1').waitFor()
      evaluation(20, 0.9)
      evaluation(30, 1.2)
      await validation.getByText('1.200 after 30 updates, ◆ at the fresh start’s best, 1, after 20').waitFor()
      // What comes anew every second leaves the focus where it is.
      await page.getByRole('region', { name: 'Steps at work' }).focus()
      writeFileSync(join(store.folder, 'evaluate', `${test}.failed.json`), '{"reason":"told meanwhile","time":""}')
      await page.getByText('failed: told meanwhile').waitFor()
      expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('Steps at work')
      expect((await walkByKeys(page, '#now')).wrong).toEqual([])
      // A finished test whose files are damaged no longer counts, neither now nor in what is drawn anew.
      const record = join(store.folder, 'evaluate', keyOf('evaluate base -> x, seed 1 on x'), 'step.json')
      const written = readFileSync(record)
      writeFileSync(record, '{')
      await page.getByText('1 step that the results below rest on is damaged or gone').waitFor()
      await page.getByText('"evaluate base -> x, seed 1 on x" does not count, as its files are damaged').waitFor()
      await page.getByRole('button', { name: 'Show what is left' }).click()
      await page.locator('#answers').getByText('1 damaged: these answers may change').waitFor()
      writeFileSync(record, written)
      expect(complaints).toEqual([])
    } finally {
      await browser.close()
      if ('release' in lock) lock.release()
    }
  },
  120_000,
)
