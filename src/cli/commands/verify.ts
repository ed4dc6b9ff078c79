import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { Fault } from '../../base/fault.ts'
import { type Random, seededRandom } from '../../base/random.ts'
import { clearAway, temporaryFolder } from '../../base/temporary-folder.ts'
import { prepareTasks } from '../../execute/estimates.ts'
import { rootLesson } from '../../execute/root-lesson.ts'
import { trialRequest } from '../../execute/trial-lesson.ts'
import type { Judge, TeachRequest, TeachResult } from '../../lesson/protocol.ts'
import type { Plan } from '../../study/plan/plan.ts'
import type { TeachStep } from '../../study/steps/kinds/teach.ts'
import { Store } from '../../study/store/store.ts'
import { teachInChild } from '../../train/child.ts'
import { loadPlan, type StudyFlags } from '../input/load-plan.ts'
import { storeFolder } from '../input/store-folder.ts'
import { onlyWith } from '../options/only-with.ts'
import { wholeNumber } from '../options/option-values.ts'
import { folderOption, storeOption } from '../options/study-options.ts'
import { formatDuration } from '../print/durations.ts'
import { interruptible } from '../print/interrupts.ts'
import { addVerifyStoreCommand } from './verify-store.ts'

interface VerifyFlags extends StudyFlags {
  readonly kills: number
  readonly updates: number
  readonly seed: number
  readonly json?: true
}

/** `reteach verify resume`: proof on the user's own machine that a killed lesson loses nothing. */
export function addVerifyCommand(program: Command): void {
  const verify = program
    .command('verify')
    .description('Prove on this machine what reteach promises')
    .addHelpText(
      'after',
      `
Examples:
  $ reteach verify resume --kills 10 --json
  $ reteach verify store study.yaml`,
    )
  verify
    .command('resume')
    .description('Kill a lesson at random moments and compare its final weights with those of one left alone')
    .argument('[study]', 'study whose first lesson is tried (default: a small lesson of its own)')
    .addOption(onlyWith('a study', storeOption()))
    .addOption(onlyWith('a study', folderOption()))
    .option('--kills <n>', 'how often the lesson is killed', wholeNumber(1), 5)
    .option('--updates <n>', 'updates of the lesson', wholeNumber(2), 60)
    .option('--seed <n>', 'seed of the moments', wholeNumber(0), 1)
    .option('--json', 'print both hashes as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ reteach verify resume
  $ reteach verify resume study.yaml --kills 20`,
    )
    .action(verifyResume)
  addVerifyStoreCommand(verify)
}

async function verifyResume(study: string | undefined, flags: VerifyFlags): Promise<void> {
  const folder = temporaryFolder('reteach-verify-')
  try {
    await interruptible(async (signal) => {
      const lesson = await verifiedLesson(study, folder, flags, signal)
      const say = (text: string): void => void process.stderr.write(`${text}\n`)
      const begun = performance.now()
      const elapsed = (): number => (performance.now() - begun) / 1000
      let starting = 0
      const left = await teachInChild(inFolder(lesson.request, join(folder, 'left-alone')), {
        signal,
        judge: lesson.judge,
        onEvent: ({ type }) => {
          if (type === 'started') starting = elapsed()
        },
      })
      const seconds = elapsed()
      say(`Left alone: ${left.steps} updates in ${formatDuration(seconds)}, weights ${left.weightsSha256}`)
      // A life has to be long enough to get beyond the start, and short enough to leave something for the kills that follow.
      const longest = 2 * starting + (2 * seconds) / flags.kills
      const killed = await killedLesson(
        { ...lesson, request: inFolder(lesson.request, join(folder, 'killed')) },
        longest,
        flags,
        signal,
        say,
      )
      const same = killed.result.weightsSha256 === left.weightsSha256
      if (flags.json) {
        const told = {
          same,
          kills: killed.kills,
          updates: left.steps,
          leftAlone: left.weightsSha256,
          killed: killed.result.weightsSha256,
        }
        process.stdout.write(`${JSON.stringify(told)}\n`)
      } else {
        process.stdout.write(
          `left alone  ${left.weightsSha256}\n${`killed ${killed.kills}x`.padEnd(10)}  ${killed.result.weightsSha256}\n`,
        )
        process.stdout.write(same ? 'The weights are the same, bit for bit\n' : '')
      }
      if (!same) throw new Fault('The weights differ: a resumed lesson is not the lesson that was left alone')
    })
  } finally {
    clearAway(folder)
  }
}

/** A lesson, and who judges the answers of its evaluations. */
interface VerifiedLesson {
  readonly request: TeachRequest
  readonly judge: Judge
}

async function verifiedLesson(
  study: string | undefined,
  folder: string,
  flags: VerifyFlags,
  signal: AbortSignal,
): Promise<VerifiedLesson> {
  const { request, judge } = study === undefined ? await trialLesson(folder) : await firstLesson(study, flags, signal)
  const { epochs: _, ...lesson } = request.lesson
  // Evaluations in the middle are a moment to be killed at, too.
  const evaluate =
    request.validation === undefined
      ? {}
      : { evaluate: { ...(request.evaluate ?? { by: 'loss' }), every: Math.ceil(flags.updates / 4) } }
  return {
    request: { ...request, ...evaluate, lesson: { ...lesson, steps: flags.updates }, saveStateEverySeconds: 0.5 },
    judge,
  }
}

async function trialLesson(folder: string): Promise<VerifiedLesson> {
  const request = await trialRequest(folder, { width: 64, rows: 256 })
  const sources = (request.train as { pairs: string }).pairs
  const answers = [{ name: 'trial', sources, rows: 8, batch: 8, generation: { maxNewTokens: 8 } }]
  return {
    request: {
      ...request,
      validation: request.train,
      evaluate: { every: 1, by: 'lowest-value', answers },
      keep: 'best',
    },
    judge: ({ loss, memory }) => ({ value: loss, memory: Number(memory ?? 0) + 1 }),
  }
}

async function firstLesson(study: string, flags: VerifyFlags, signal: AbortSignal): Promise<VerifiedLesson> {
  const store = new Store(storeFolder(study, flags))
  const plan: Plan = await loadPlan(study, store, flags)
  const step = [...plan.steps.values()].find(
    (one): one is TeachStep => one.kind === 'teach' && one.start.kind !== 'step',
  )
  if (step === undefined) throw new Fault(`Cannot try a lesson of "${study}" as it has none`)
  const context = { signal, threads: undefined, onProgress: () => {}, onNotice: () => {} }
  await prepareTasks(plan, store, context)
  const { judge: own, ...request } = rootLesson(step, plan, store, context)
  return {
    request,
    // So short a lesson may well have collapsed; what is asked here is only whether it ends the same way.
    judge: async (evaluation) => {
      const { stop: _, ...judgement } = await own!(evaluation)
      return judgement
    },
  }
}

function inFolder(request: TeachRequest, folder: string): TeachRequest {
  mkdirSync(folder)
  return { ...request, outFolder: join(folder, 'out'), stateFolder: join(folder, 'state') }
}

/** Kills the lesson's process at random moments of its life, from its first breath to the writing of its result. */
async function killedLesson(
  { request, judge }: VerifiedLesson,
  longestSeconds: number,
  { kills: wanted, seed }: VerifyFlags,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<{ result: TeachResult; kills: number }> {
  const random: Random = seededRandom(seed)
  let longest = longestSeconds
  let reached = 0
  // From its first state on a lesson has the threads of that; before, others would make it another lesson.
  let isStored = false
  for (let kills = 0; ; ) {
    const isLast = kills === wanted
    const limit = isLast ? undefined : random.uniform() * longest
    let at = 0
    let timer: NodeJS.Timeout | undefined
    try {
      const threads = isStored ? { threads: 1 + random.below(4) } : {}
      const result = await teachInChild(
        { ...request, ...threads },
        {
          signal,
          judge,
          onSpawn(pid) {
            if (limit !== undefined) timer = setTimeout(() => process.kill(pid, 'SIGKILL'), limit * 1000)
          },
          onEvent(event) {
            if (event.type === 'started') at = event.resumedAt
            else if (event.type === 'step') at = event.step
            else if (event.type === 'saved') isStored = true
          },
        },
      )
      if (isLast) return { result, kills }
      // It was quicker than its killer: the rest of the kills hit it from its beginning.
      rmSync(request.stateFolder, { recursive: true, force: true })
      rmSync(request.outFolder, { recursive: true, force: true })
      reached = 0
      isStored = false
    } catch (error) {
      if (signal.aborted || !(error instanceof Fault && /was killed/u.test(error.message))) throw error
      kills++
      // On a machine that has become slower, lives that end in the start would all end there.
      longest = at > reached ? longestSeconds : 1.1 * longest
      reached = Math.max(reached, at)
      say(`Killed after ${formatDuration(limit ?? 0)}, at update ${at} (${kills} of ${wanted})`)
    } finally {
      clearTimeout(timer)
    }
  }
}
