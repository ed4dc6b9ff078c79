// Has a study of 5,000 chains and 20,000 steps done on 500 nodes that there are not, by a fake controller, and tells what that asks of
// the login node and the controller:
//
//   node scripts/run-ts.mjs scripts/cluster-scale.ts [--tasks 71] [--way sent|followed] [--seconds 240]
//
// Build first (npm run build). A followed study, which needs script of util-linux, is interrupted after the given time.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { shellQuote } from '../src/cluster/job-script.ts'
import { doStep } from '../src/execute/do-step.ts'
import { submitStudy } from '../src/execute/submit-study.ts'
import { resolveCluster } from '../src/study/file/keys/resolve-cluster.ts'
import type { ClusterWork } from '../src/study/run/executor.ts'
import { studyStatus } from '../src/study/run/status.ts'
import { Store } from '../src/study/store/store.ts'
import { type FakeJob, FakeSlurm, keyOfJob } from '../test/rig/fake-slurm.ts'
import { fakeRunners, planFile, writeFakeStudy } from '../test/rig/fake-study.ts'

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '71' },
    way: { type: 'string', default: 'sent' },
    seconds: { type: 'string', default: '240' },
  },
})
// In memory where that is possible: steps are finished with a flush of the disk each.
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'reteach-scale-'))
const store = new Store(join(folder, 'store'))
const began = performance.now()
const study = writeFakeStudy(folder, { 'study.yaml': studyText(Number(values.tasks)) })
const plan = await planFile(study)
const planned = performance.now()
let turn: Promise<unknown> = Promise.resolve()
const site = { slots: 500, maxSubmitJobs: 4000, maxArraySize: 1001, maxJobCount: 10_000 }
const slurm = await FakeSlurm.start(join(folder, 'bin'), site, doJob)
process.env.PATH = `${slurm.folder}${delimiter}${process.env.PATH}`
const cluster: ClusterWork = {
  request: resolveCluster({}),
  stepCommand: (key) => ['reteach', 'step', 'study.yaml', key],
  needsOf: () => ({}),
  onQueue: () => {},
}
const waves = values.way === 'followed' ? await follow() : await send()
const ended = performance.now()
const status = studyStatus(plan, store)
const told = performance.now()
// Not in sync: the command asks the controller, which is in this process.
await new Promise((resolve) => {
  const args = ['dist/cli/main.js', 'status', study, '--store', store.folder]
  spawn(process.execPath, args, { stdio: 'ignore' }).on('close', resolve)
})
const shown = performance.now()
console.log(
  JSON.stringify({
    chains: plan.chains.length,
    steps: plan.steps.size,
    finished: status.filter(({ state }) => state === 'finished').length,
    secondsToPlan: seconds(planned - began),
    secondsOfWork: seconds(ended - planned),
    secondsToTellStatus: seconds(told - ended),
    secondsOfStatusCommand: seconds(shown - told),
    waves,
    calls: slurm.calls,
    queries10s: Number(((slurm.queries.length / (ended - planned)) * 10_000).toFixed(2)),
    jobsListed: slurm.listed,
    mostJobs: slurm.mostJobs,
    refused: slurm.refused.length,
    megabytes: Math.round(process.resourceUsage().maxRSS / 1024),
  }),
)
await slurm.stop()
rmSync(folder, { recursive: true, force: true })
process.exit()

async function send(): Promise<number> {
  for (let wave = 1; ; wave++) {
    const { later } = await submitStudy(plan, { store, cluster, goOn: ['reteach', 'run'], isGoingOn: wave > 1 })
    while (!slurm.isIdle) await sleep(50)
    if (later === 0) return wave
  }
}

/** By the command itself, on a terminal of its own, whose list is as large as the study. */
async function follow(): Promise<number> {
  const words = [process.execPath, 'dist/cli/main.js', 'run', study, '--store', store.folder, '--on', 'slurm']
  const list = join(folder, 'list.txt')
  const child = spawn('script', ['-qfec', words.map(shellQuote).join(' '), list], { stdio: 'ignore' })
  const timer = setTimeout(() => child.kill('SIGHUP'), 1000 * Number(values.seconds))
  const look = setInterval(() => {
    const [last] =
      readFileSync(list, 'utf8')
        .slice(-4000)
        .match(/\[\d+\/\d+\][^\n\r]*$/mu) ?? []
    console.error(`${seconds(performance.now() - planned)} s: ${last ?? ''}`)
  }, 30_000)
  await new Promise((resolve) => child.on('exit', resolve))
  clearTimeout(timer)
  clearInterval(look)
  return 1
}

/** Steps are done here, one after another, and the controller is served between two of them: what counts is the queue. */
async function doJob(job: FakeJob): Promise<'COMPLETED' | 'FAILED'> {
  const end = turn.then(() => workOn(job))
  turn = end.then(() => nextTurn())
  return await end
}

async function workOn(job: FakeJob): Promise<'COMPLETED' | 'FAILED'> {
  const step = plan.steps.get(keyOfJob(job) as never)
  if (step === undefined) return 'COMPLETED'
  const nothing = () => {}
  const order = { signal: new AbortController().signal, onProgress: nothing, onNotice: nothing, onNote: nothing }
  const { state } = await doStep(plan, step, { store, runners: fakeRunners(), program: 'scale' }, order)
  return state === 'finished' ? 'COMPLETED' : 'FAILED'
}

function studyText(tasks: number): string {
  const names = Array.from({ length: tasks }, (_, index) => `t${index}`)
  const task = (name: string, seed: number): string => `  ${name}:
    prefix: "${name}: "
    data: { file: titles.csv, split: { train: 10, validation: 4, test: 6, seed: ${seed} } }
    source: abstract
    target: title
    teach: { learning_rate: 1e-3, epochs: 1, batch: 4 }
    metrics: [exact-match]`
  const pairs = names.flatMap((one) => names.filter((other) => other !== one).map((other) => `${one} -> ${other}`))
  return `study: large
starts:
  base: { scratch: { d_model: 8 }, tokenizer: spiece.model }
tasks:
${names.map(task).join('\n')}
chains:
${[...names, ...pairs].map((lessons) => `  - base -> ${lessons}`).join('\n')}
seeds: [1, 2]
`
}

function seconds(ms: number): number {
  return Number((ms / 1000).toFixed(1))
}
