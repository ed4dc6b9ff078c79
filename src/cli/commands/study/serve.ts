import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import { Fault } from '../../../base/fault.ts'
import type { LiveAnswer } from '../../../serve/live-data.ts'
import { serveLive } from '../../../serve/live-server.ts'
import { LiveStudy } from '../../../serve/live-study.ts'
import { checkpointsOf } from '../../../study/checkpoints/checkpoints.ts'
import { likelyTask } from '../../../study/checkpoints/likely-task.ts'
import type { StepKey } from '../../../study/keys.ts'
import type { Plan } from '../../../study/plan/plan.ts'
import { Store } from '../../../study/store/store.ts'
import { answerRows } from '../../../use/answer-rows.ts'
import { studyUsableModel } from '../../../use/study-usable-model.ts'
import { askingOf } from '../../../use/usable-model.ts'
import { loadPlan, type StudyFlags } from '../../input/load-plan.ts'
import { storeFolder } from '../../input/store-folder.ts'
import { wholeNumber } from '../../options/option-values.ts'
import { folderOption, storeOption } from '../../options/study-options.ts'
import { Interrupted, interruptible } from '../../print/interrupts.ts'
import { ProgressLine } from '../../print/progress-line.ts'
import { livePages } from '../../run/live-page.ts'

interface ServeFlags extends StudyFlags {
  readonly host: string
  readonly port: number
  readonly token?: string
  readonly json?: true
}

/** `reteach serve`: a study's page while it runs. */
export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description("Serve a study's page to browsers of this machine: it follows a run, and asks finished models")
    .argument('<study>', 'study file (YAML)')
    .option('--port <n>', 'port to listen on; 0 for any that is free', wholeNumber(0), 4320)
    .option('--host <address>', "address to listen on; any but this machine's own asks for a token", '127.0.0.1')
    .option('--token <text>', 'what browsers must name; default for an address that others reach: one that is drawn')
    .option('--json', 'print {"url"} once it listens')
    .addOption(storeOption())
    .addOption(folderOption())
    .addHelpText(
      'after',
      `
Nothing leaves this machine, and nothing is written but what reports have worked out. It serves until Ctrl-C.

Example:
  $ reteach serve study.yaml`,
    )
    .action(serve)
}

async function serve(study: string, flags: ServeFlags): Promise<void> {
  const store = new Store(storeFolder(study, flags))
  const plan = await loadPlan(study, store, flags)
  const { host, port } = flags
  if (port > 65_535) throw new Fault(`Cannot listen on port ${port}: ports go up to 65535`)
  const isOwn = ['127.0.0.1', 'localhost', '::1'].includes(host)
  const token = flags.token ?? (isOwn ? undefined : randomBytes(16).toString('hex'))
  const line = new ProgressLine()
  const source = {
    study: new LiveStudy(plan, store),
    page: livePages(plan, store),
    answer: (key: StepKey, text: string, signal: AbortSignal) => answerWith(plan, store, key, text, signal),
  }
  try {
    await interruptible(
      (signal) =>
        serveLive(source, { host, port, token, signal }, (found) => {
          const url = `http://${host.includes(':') ? `[${host}]` : host}:${found}/${token === undefined ? '' : `?token=${token}`}`
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

/** One answer of a model in a process of its own. */
async function answerWith(
  plan: Plan,
  store: Store,
  key: StepKey,
  text: string,
  signal: AbortSignal,
): Promise<LiveAnswer> {
  const checkpoint = checkpointsOf(plan).find(({ step }) => step.key === key)
  if (checkpoint === undefined)
    return { name: key.slice(0, 12), answer: undefined, fault: 'The study has no such model' }
  const name = `${checkpoint.names[0]}, seed ${checkpoint.seeds.join(', ')}`
  const task = likelyTask(plan.study, checkpoint)
  if (task === undefined) return { name, answer: undefined, fault: 'It was taught no task that can be asked' }
  try {
    store.openStep('teach', key)
    const model = studyUsableModel(plan, store, key, task)
    const [answer] = await answerRows(model, askingOf(model, {}), [text], { logOdds: false, signal })
    return { name, answer: answer!.prediction, fault: undefined }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { name, answer: undefined, fault: error.message }
  }
}
