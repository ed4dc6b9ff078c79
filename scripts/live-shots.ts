import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { submitStudy } from '../src/execute/submit-study.ts'
import { resolveCluster } from '../src/study/file/keys/resolve-cluster.ts'
import type { Plan } from '../src/study/plan/plan.ts'
import { Store } from '../src/study/store/store.ts'
import { FakeSlurm } from '../test/rig/fake-slurm.ts'
import { planFile } from '../test/rig/fake-study.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const study = join(root, 'examples/miniature/study.yaml')
/** From here on the demo is done anew; a step before it has reached what this one is to reach. */
const firstOpen = 'teach base -> a2t -> res, seed 42'
const failing = 'teach base -> res(learning_rate=0.03), seed 42'

interface Look {
  readonly width: number
  readonly scheme: 'light' | 'dark'
}

/**
 * Pictures of the demo's live page: while a run of it goes on from half of what its store holds, one of its steps has failed before
 * and two models have been asked; then while the rest waits in the queue of a cluster, which the tests' controller stands for.
 */
export async function liveShots(browser: Browser, finished: string, looks: readonly Look[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-shots-'))
  const slurm = await FakeSlurm.start(join(folder, 'bin'), site, () => new Promise(() => {}))
  process.env.PATH = `${slurm.folder}${delimiter}${process.env.PATH}`
  const store = new Store(join(folder, 'store'))
  const children: ChildProcess[] = []
  const start = (command: string, ...args: string[]): ChildProcess => {
    const all = [join(root, 'dist/cli/main.js'), command, study, '--store', store.folder, ...args]
    const child = spawn(process.execPath, all, { stdio: ['ignore', 'ignore', 'pipe'] })
    children.push(child)
    return child
  }
  try {
    const plan = await planFile(study)
    copyHalf(plan, finished, store.folder)
    const run = start('run')
    const tab = await browser.newPage()
    // The page's statistics are worked out beside a run, which takes a while.
    tab.setDefaultTimeout(180_000)
    await tab.goto(await addressOf(start('serve', '--port', '0')))
    await tab.evaluate("document.querySelector('header.top').style.position = 'static'")
    await askModels(tab)
    await tab.getByText('◆ at').first().waitFor()
    await tab.getByText('updates a second').first().waitFor()
    for (const look of looks) await shoot(tab, 'live', look)
    await killed(run)
    await submitRest(plan, store)
    await tab.getByText('Queue: ').waitFor()
    for (const look of looks) await shoot(tab, 'queue', look)
    await tab.close()
  } finally {
    await Promise.all(children.map(killed))
    await slurm.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

const site = { slots: 2, maxSubmitJobs: 1000, maxArraySize: 100, maxJobCount: 10_000 }

async function submitRest(plan: Plan, store: Store): Promise<void> {
  const cluster = {
    request: { ...resolveCluster({}), pollSeconds: 1 },
    stepCommand: (key: string) => ['reteach', 'step', study, key],
    needsOf: () => ({}),
    onQueue: () => {},
  }
  await submitStudy(plan, { store, cluster, goOn: ['reteach', 'run'], isGoingOn: false })
}

function addressOf({ stderr }: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let told = ''
    stderr!.setEncoding('utf8').on('data', (part: string) => {
      told += part
      const [, address] = /Open (\S+)\n/u.exec(told) ?? []
      if (address !== undefined) resolve(address)
    })
  })
}

/** A run's own children end with it, within two seconds. */
async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.on('exit', resolve))
  child.kill('SIGKILL')
  await ended
  await new Promise((resolve) => setTimeout(resolve, 2500))
}

async function shoot(tab: Page, name: string, { width, scheme }: Look): Promise<void> {
  await tab.setViewportSize({ width, height: 900 })
  await tab.emulateMedia({ colorScheme: scheme })
  await tab.waitForTimeout(800)
  const path = join('shots', `${name}-${width}-${scheme}.png`)
  await tab.locator('#now').screenshot({ path })
  console.log(path)
}

/** All steps before {@link firstOpen}, and the failure of one. */
function copyHalf(plan: Plan, finished: string, folder: string): void {
  const steps = [...plan.steps.values()]
  for (const { kind, key, label } of steps.slice(
    0,
    steps.findIndex((step) => step.label === firstOpen),
  )) {
    if (!readdirSync(join(finished, kind)).includes(key)) throw new Error(`The demo has not finished "${label}"`)
    cpSync(join(finished, kind, key), join(folder, kind, key), { recursive: true })
  }
  const reason = 'The loss is no finite number after update 17: take a lower learning_rate'
  const { kind, key } = steps.find((step) => step.label === failing)!
  writeFileSync(join(folder, kind, `${key}.failed.json`), JSON.stringify({ reason, time: '' }))
}

async function askModels(tab: Page): Promise<void> {
  const form = tab.locator('form', { hasText: 'Try it' })
  for (const model of ['base -> trans, seed 42', 'base -> res -> trans, seed 42']) await form.getByLabel(model).check()
  await form.locator('textarea').fill('Will the old teacher see the red boat on the bridge?')
  await form.getByRole('button').click()
  await form.locator('.answer-given').nth(1).waitFor()
}
