import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Command } from 'commander'
import { Fault, UsageFault } from '../../../base/fault.ts'
import { Store } from '../../../study/store/store.ts'
import { loadPlan, type StudyFlags } from '../../input/load-plan.ts'
import { storeFolder } from '../../input/store-folder.ts'
import { wholeNumber } from '../../options/option-values.ts'
import { folderOption, storeOption } from '../../options/study-options.ts'
import { Interrupted, interruptible } from '../../print/interrupts.ts'
import { ProgressLine } from '../../print/progress-line.ts'
import { liveSource, polledJobs } from '../../run/live-source.ts'

interface ServeFlags extends StudyFlags {
  readonly host: string
  readonly port: number
  readonly token?: string
  readonly json?: true
}

/** What `init` calls a study. */
const usualStudy = 'study.yaml'

/** `reteach serve`: a study's page while it runs. */
export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description("Serve a study's page to browsers of this machine: it follows a run, and asks finished models")
    .argument('[study]', `study file (YAML; default: ${usualStudy} in this folder)`)
    .option('--port <n>', 'port to listen on; 0 for any that is free', wholeNumber(0, 65_535), 4320)
    .option('--host <address>', "address to listen on; any but this machine's own asks for a token", '127.0.0.1')
    .option('--token <text>', 'what browsers must name; default for an address that others reach: one that is drawn')
    .option('--json', 'print {"url"} once it listens')
    .addOption(storeOption())
    .addOption(folderOption())
    .addHelpText(
      'after',
      `
Nothing leaves this machine, and nothing is written but what reports have worked out. It serves until Ctrl-C.
"reteach run STUDY --open" serves the same page as long as it runs.

Example:
  $ reteach serve study.yaml`,
    )
    .action(serve)
}

async function serve(given: string | undefined, flags: ServeFlags): Promise<void> {
  const study = given ?? usualStudy
  if (given === undefined && !existsSync(study)) {
    throw new Fault(`There is no "${usualStudy}" in this folder: name a study's file`)
  }
  const { host, port } = flags
  if (host.trim() === '') throw new UsageFault('Cannot listen on an empty address: name one, or leave --host out')
  if (flags.token === '') throw new UsageFault('An empty token keeps nobody out: give one with letters, or none')
  const store = new Store(storeFolder(study, flags))
  const plan = await loadPlan(study, store, flags, { looksOnly: true })
  // Only who serves a page loads a server.
  const { serveLive } = await import('../../../serve/live-server.ts')
  const isOwn = ['127.0.0.1', 'localhost', '::1'].includes(host)
  const token = flags.token ?? (isOwn ? undefined : randomBytes(16).toString('hex'))
  const line = new ProgressLine()
  try {
    await interruptible(
      (signal) =>
        serveLive(liveSource(plan, store, polledJobs(plan, store)), { host, port, token, signal }, (found) => {
          const url = urlOf(host, found, token)
          if (flags.json) process.stdout.write(`${JSON.stringify({ url })}\n`)
          else line.say(`Open ${url}`)
        }),
      'Stopping',
    )
  } catch (error) {
    // To be stopped is how it ends.
    if (!(error instanceof Interrupted)) throw error
  }
}

function urlOf(host: string, port: number, token: string | undefined): string {
  const name = isEvery(host) ? hostname() : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}/${token === undefined ? '' : `?token=${encodeURIComponent(token)}`}`
}

/** Whether it stands for every address of this machine, which no browser takes for one. */
function isEvery(host: string): boolean {
  return /^[0.:]+$/u.test(host)
}
