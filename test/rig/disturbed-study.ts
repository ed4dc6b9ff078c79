import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Random, seededRandom } from '../../src/base/random.ts'
import { type CliResult, runCli } from './cli.ts'
import { damageStore, storeContent } from './damage-store.ts'
import { writeStudyFolder } from './study-folder.ts'

export interface Disturbance {
  /** Kills, damages, or commands beside a study. */
  readonly count: number
  readonly seed: number
  /** An empty folder to work in. */
  readonly folder: string
  readonly say?: (sentence: string) => void
  /** A smaller study than the usual one. */
  readonly change?: (study: string) => string
}

/** What came of it. */
export interface Disturbed {
  readonly done: number
  /** What is not as it should be, one sentence each. */
  readonly failures: readonly string[]
  /** How often what was done. */
  readonly counts: Readonly<Record<string, number>>
}

/**
 * Damages a finished study of small models again and again. Each damage to a step must be found by `verify store`, and the
 * run after it must leave every file as it was.
 */
export async function damagedStudy({ count, seed, folder, say, change }: Disturbance): Promise<Disturbed> {
  const { study, store, content } = await finishedStudy(folder, change)
  const [failures, counts]: [string[], Record<string, number>] = [[], {}]
  for (let at = seed; at < seed + count; at++) {
    // Primes apart, so that a few damages are not all to the same kind of file.
    const { what, path } = damageStore(store, at * 37)
    const isStep = /^(?:prepare|teach|evaluate|prefix-test)\//u.test(path)
    const found = await cli(['verify', 'store', study, '--store', store, '--json'])
    const isFound = found.code === 1 && found.out.includes(path.split('/').slice(0, 2).join('/'))
    let run = await cli(['run', study, '--store', store, '--json'])
    // What stands in the way of a report is the user's to remove, once it is named.
    const isTold = run.code === 1 && run.err.includes(path)
    if (isTold) {
      rmSync(join(store, path), { recursive: true })
      run = await cli(['run', study, '--store', store, '--json'])
    }
    const isMended = run.code === 0 && isSame(storeContent(store), content)
    const outcome = isFound ? 'found' : isTold ? 'told' : isMended ? 'remade' : 'unnoticed'
    counts[outcome] = (counts[outcome] ?? 0) + 1
    say?.(`${at} ${outcome}${isMended ? '' : ', not mended'}: ${what}`)
    if ((isStep && !isFound) || !isMended) {
      failures.push(`${at} ${what} in ${path}: ${outcome}, ${isMended ? '' : 'not mended: '}${run.err.slice(-300)}`)
    }
  }
  return { done: count, failures, counts }
}

/**
 * Kills runs of a study, and what else writes into its store, at random moments: the process alone, or all of its
 * processes. The run that is left alone at the end must come to the same files as one that never was killed.
 */
export async function killedStudy({ count, seed, folder, say, change }: Disturbance): Promise<Disturbed> {
  const { study, store, content, seconds } = await finishedStudy(folder, change)
  const random = seededRandom([seed, 1])
  const counts: Record<string, number> = {}
  const failures: string[] = []
  rmSync(store, { recursive: true })
  for (let kills = 0; kills < count; ) {
    const isRun = !existsSync(store) || random.uniform() < 0.7
    const args = isRun ? ['run', study] : writers(study, join(folder, 'out'))[random.below(5)]!
    const ended = await killed([...args, '--store', store], random.uniform() * (isRun ? seconds : 1.5), random)
    if (ended.signal === 'SIGKILL') {
      kills++
      counts[args[0]!] = (counts[args[0]!] ?? 0) + 1
      say?.(`${kills} of ${count}: ${args[0]} killed`)
    } else if (isRun && ended.code === 0) {
      if (!isSame(storeContent(store), content)) failures.push(`after ${kills} kills the files differ`)
      rmSync(store, { recursive: true })
    } else failures.push(...slipsOf(args, ended))
  }
  const last = await cli(['run', study, '--store', store])
  if (last.code !== 0) failures.push(`the last run ended with ${last.code}: ${last.err.slice(-300)}`)
  if (!isSame(storeContent(store), content)) failures.push('the files differ at the end')
  return { done: count, failures, counts }
}

/**
 * Runs a study again and again into empty stores with other commands beside it, `gc` for another study among them. No run
 * may lose a step, and no command may end otherwise than with an answer or a sentence.
 */
export async function besideStudy({ count, seed, folder, say, change }: Disturbance): Promise<Disturbed> {
  const { study, store, content } = await finishedStudy(folder, change)
  const other = writeStudyFolder(join(folder, 'other'), (text) => text.replace('epochs: 1', 'epochs: 2'))
  const random = seededRandom([seed, 2])
  const failures: string[] = []
  const counts: Record<string, number> = {}
  let done = 0
  for (let round = 1; done < count; round++) {
    rmSync(store, { recursive: true, force: true })
    mkdirSync(store)
    let isRunning = true
    const run = cli(['run', study, '--store', store, '--json']).finally(() => {
      isRunning = false
    })
    const beside = async (): Promise<void> => {
      while (isRunning && done < count) {
        done++
        const commands = besides(study, other, join(folder, 'out'))
        const args = commands[random.below(commands.length)]!
        const ended = await cli([...args, '--store', store])
        counts[args[0]!] = (counts[args[0]!] ?? 0) + 1
        failures.push(...slipsOf(args, ended))
      }
    }
    const [ended] = await Promise.all([run, beside(), beside(), beside()])
    if (ended.code !== 0) failures.push(`run ${round} ended with ${ended.code}: ${ended.err.slice(-400)}`)
    else if (!isSame(storeContent(store), content)) failures.push(`run ${round} left other files`)
    say?.(`${done} of ${count} commands, ${round} runs, ${failures.length} failures`)
  }
  return { done, failures, counts }
}

interface FinishedStudy {
  readonly study: string
  readonly store: string
  readonly content: Record<string, string>
  /** That running it took. */
  readonly seconds: number
}

/** By their folders: each disturbance leaves the study as it found it, unless it has failed. */
const finishedStudies = new Map<string, FinishedStudy>()

async function finishedStudy(folder: string, change?: Disturbance['change']): Promise<FinishedStudy> {
  const known = finishedStudies.get(folder)
  if (known !== undefined && existsSync(known.store) && isSame(storeContent(known.store), known.content)) return known
  const study = writeStudyFolder(join(folder, 'study'), change)
  const store = join(folder, 'store')
  rmSync(store, { recursive: true, force: true })
  const begun = performance.now()
  const { code, err } = await cli(['run', study, '--store', store])
  if (code !== 0) throw new Error(`The study does not run: ${err}`)
  const finished = { study, store, content: storeContent(store), seconds: (performance.now() - begun) / 1000 }
  finishedStudies.set(folder, finished)
  return finished
}

/** Commands that write into a store, or beside it, and may be killed. */
function writers(study: string, out: string): string[][] {
  return [
    ['gc', study],
    ['gc', study, '--dry-run'],
    ['verify', 'store', study],
    ['figures', study, '--out', out],
    ['recommend', study],
  ]
}

function besides(study: string, other: string, out: string): string[][] {
  return [
    ['gc', study],
    ['gc', other],
    ['gc', other, '--weights', 'none'],
    ['gc'],
    ['gc', study, '--dry-run'],
    ['verify', 'store', study],
    ['verify', 'store', study, '--json'],
    ['status', study],
    ['status', study, '--json'],
    ['plan', study, '--no-measure'],
    ['recommend', study, '--json'],
    ['figures', study, '--out', out],
    ['run', study],
    ['run', study, '--dry-run'],
  ]
}

/** A command that was neither answered nor refused with a sentence. */
function slipsOf(args: readonly string[], { code, signal, out, err }: CliResult): string[] {
  const isBug = /^\s+at .*\(?(?:file|node):/mu.test(err) || /damaged|not as written/u.test(out)
  const isEnded = signal === null && (code === 0 || code === 1)
  return isEnded && !isBug
    ? []
    : [`${args.join(' ')} ended with ${signal ?? code}: ${out.slice(-300)} ${err.slice(-600)}`]
}

function cli(args: readonly string[]): Promise<CliResult> {
  return runCli(args, { cwd: process.cwd() })
}

function killed(args: readonly string[], seconds: number, random: Random): Promise<CliResult> {
  const isAlone = random.uniform() < 0.5
  const begun = performance.now()
  let isKilled = false
  return runCli(args, {
    cwd: process.cwd(),
    detached: true,
    whileRunning({ pid, exitCode, signalCode }) {
      const hasEnded = exitCode !== null || signalCode !== null
      if (isKilled || hasEnded || performance.now() - begun < seconds * 1000) return
      isKilled = true
      process.kill(isAlone ? pid! : -pid!, 'SIGKILL')
    },
  })
}

function isSame(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}
