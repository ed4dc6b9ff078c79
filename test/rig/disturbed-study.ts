import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Random, seededRandom } from '../../src/base/random.ts'
import { type CliResult, runCli } from './cli.ts'
import { damageStore, storeContent } from './damage-store.ts'
import { besideCommands, type KilledWork, killedWorks, storeWriters } from './disturbing-commands.ts'
import { writeStudyFolder } from './study-folder.ts'

export interface Disturbance {
  /** Kills, damages, or commands beside a study. */
  readonly count: number
  readonly seed: number
  /** An empty folder to work in. */
  readonly folder: string
  readonly say?: (sentence: string) => void
  /** Of runs that teach; results are the same whatever it is. @default the program's own */
  readonly threads?: number
  /** A smaller study than the usual one, with the chain "flan -> res -> a2t". */
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
 * run after it must leave every file as it was and print the same tables.
 */
export async function damagedStudy({ count, seed, folder, say, threads, change }: Disturbance): Promise<Disturbed> {
  const { study, store, content, tables } = await finishedStudy(folder, threads, change)
  const counts: Record<string, number> = {}
  const { failures, fail } = collector(say)
  const run = ['run', study, '--store', store, '--json', ...threadWords(threads)]
  for (let at = seed; at < seed + count; at++) {
    // Primes apart, so that a few damages are not all to the same kind of file.
    const { what, path } = damageStore(store, at * 37)
    const isStep = /^(?:prepare|teach|evaluate|prefix-test)\//u.test(path)
    const found = await cli(['verify', 'store', study, '--store', store, '--json'])
    const isFound = found.code === 1 && found.out.includes(path.split('/').slice(0, 2).join('/'))
    let ended = await cli(run)
    // What stands in the way of a report is the user's to remove, once it is named.
    const isTold = ended.code === 1 && ended.err.includes(path)
    if (isTold) {
      rmSync(join(store, path), { recursive: true })
      ended = await cli(run)
    }
    const isMended = ended.code === 0 && isSame(storeContent(store), content) && tablesOf(ended) === tables
    const outcome = isFound ? 'found' : isTold ? 'told' : isMended ? 'remade' : 'unnoticed'
    counts[outcome] = (counts[outcome] ?? 0) + 1
    say?.(`${at} ${outcome}${isMended ? '' : ', not mended'}: ${what}`)
    const slips = [...slipsOf(['verify'], found, /^$/u), ...slipsOf(['run'], ended)]
    if ((isStep && !isFound) || !isMended || slips.length > 0) {
      fail(`${at} ${what} in ${path}: ${outcome}, ${isMended ? '' : `not mended: ${ended.err.slice(-300)}`}`, ...slips)
    }
  }
  return { done: count, failures, counts }
}

/**
 * Kills runs of a study, what else writes into its store, and what uses its models, at random moments: the process alone,
 * or all of its processes. What is left alone at the end must come to the same files as what never was killed.
 */
export async function killedStudy({ count, seed, folder, say, threads, change }: Disturbance): Promise<Disturbed> {
  const { study, store, content, seconds } = await finishedStudy(folder, threads, change)
  const random = seededRandom([seed, 1])
  const counts: Record<string, number> = {}
  const { failures, fail } = collector(say)
  const works = killedWorks(study, store, folder, threadWords(threads))
  const wholes = new Map<KilledWork, Promise<WholeWork>>()
  rmSync(store, { recursive: true })
  let kills = 0
  const kill = async (args: readonly string[], limit: number, phase?: () => string): Promise<CliResult> => {
    const ended = await killed(args, random.uniform() * limit, random)
    if (ended.signal !== 'SIGKILL') return ended
    kills++
    const what = phase?.() ?? args[0]!
    counts[what] = (counts[what] ?? 0) + 1
    say?.(`${kills} of ${count}: ${what} killed`)
    return ended
  }
  while (kills < count) {
    const draw = random.uniform()
    if (draw < 0.6 || !existsSync(store)) {
      const args = ['run', study, '--store', store, ...threadWords(threads)]
      const ended = await kill(args, seconds, () => phaseOf(store))
      if (ended.signal === 'SIGKILL') continue
      fail(...slipsOf(args, ended))
      if (!isSame(storeContent(store), content)) fail(`after ${kills} kills the files differ`)
      rmSync(store, { recursive: true })
    } else if (draw < 0.8) {
      const writers = storeWriters(study, join(folder, 'out'))
      const args = [...writers[random.below(writers.length)]!, '--store', store]
      const ended = await kill(args, seconds / 6)
      if (ended.signal !== 'SIGKILL') fail(...slipsOf(args, ended))
    } else {
      const work = works[random.below(works.length)]!
      if (!wholes.has(work)) wholes.set(work, wholeWork(work))
      const { whole, seconds } = await wholes.get(work)!
      const { args, prepare, content, isDoneOnce } = work
      prepare()
      for (let i = 0; i < 3; i++) await kill(args, seconds)
      const ended = await cli(args)
      if (isDoneOnce !== true || ended.code !== 1) fail(...slipsOf(args, ended, /^$/u, [0]))
      if (!isSame(content(ended), whole)) fail(`${args.join(' ')} left other files after ${kills} kills`)
    }
  }
  const last = await cli(['run', study, '--store', store, ...threadWords(threads)])
  if (last.code !== 0) fail(`the last run ended with ${last.code}: ${last.err.slice(-300)}`)
  if (!isSame(storeContent(store), content)) fail('the files differ at the end')
  return { done: kills, failures, counts }
}

/**
 * Runs a study again and again into empty stores with other commands beside it, `gc` for another study among them. No run
 * may lose a step, and no command may end otherwise than with an answer or a sentence.
 */
export async function besideStudy({
  count,
  seed,
  folder,
  say,
  threads,
  change = withMixture,
}: Disturbance): Promise<Disturbed> {
  const { study, store, content } = await finishedStudy(folder, threads, change)
  const other = writeStudyFolder(join(folder, 'other'), (text) => change(text).replace('epochs: 1', 'epochs: 2'))
  const random = seededRandom([seed, 2])
  const { failures, fail } = collector(say)
  const counts: Record<string, number> = {}
  let done = 0
  for (let round = 1; done < count; round++) {
    rmSync(store, { recursive: true, force: true })
    mkdirSync(store)
    let isRunning = true
    let left: Record<string, string> = {}
    let removedLater = ''
    const run = cli(['run', study, '--store', store, '--json', ...threadWords(threads)]).finally(() => {
      isRunning = false
      left = storeContent(store, Object.keys(content))
    })
    const beside = async (): Promise<void> => {
      while (isRunning && done < count) {
        done++
        const commands = besideCommands(study, other, folder)
        const args = commands[random.below(commands.length)]!
        const words = teaching.has(args[0]!) ? threadWords(threads) : []
        const ended = await cli([...args, ...(args[0] === 'data' ? [] : ['--store', store]), ...words])
        counts[args[0]!] = (counts[args[0]!] ?? 0) + 1
        fail(...slipsOf(args, ended))
        // Once the run has given its lease back, who tidies on behalf of the other study of this name may remove its steps.
        if (args[0] === 'gc' && !isRunning) removedLater += ended.out
      }
    }
    const [ended] = await Promise.all([run, beside(), beside(), beside()])
    const lost = differing(left, content).filter((path) => path in left || !removedLater.includes(shortStep(path)))
    if (ended.code !== 0) fail(`run ${round} ended with ${ended.code}: ${ended.err.slice(-400)}`)
    else if (lost.length > 0) fail(`run ${round} left other files: ${lost.join(', ')}`)
    say?.(`${done} of ${count} commands, ${round} runs, ${failures.length} failures`)
  }
  return { done, failures, counts }
}

/** Tells each failure at once, as whoever disturbs for an hour may stop before the end. */
function collector(say: Disturbance['say']): { failures: string[]; fail: (...found: string[]) => void } {
  const failures: string[] = []
  return {
    failures,
    fail(...found) {
      failures.push(...found)
      for (const one of found) say?.(`failure: ${one}`)
    },
  }
}

/** Commands that may teach or answer. */
const teaching = new Set(['run', 'extend', 'predict', 'loss'])

interface FinishedStudy {
  readonly study: string
  readonly store: string
  readonly content: Record<string, string>
  readonly tables: string
  /** That running it took. */
  readonly seconds: number
}

/** By their folders: each disturbance leaves the study as it found it, unless it has failed. */
const finishedStudies = new Map<string, FinishedStudy>()

async function finishedStudy(
  folder: string,
  threads: number | undefined,
  change = withMixture,
): Promise<FinishedStudy> {
  const known = finishedStudies.get(folder)
  if (known !== undefined && existsSync(known.store) && isSame(storeContent(known.store), known.content)) return known
  const study = writeStudyFolder(join(folder, 'study'), change)
  const store = join(folder, 'store')
  rmSync(store, { recursive: true, force: true })
  const begun = performance.now()
  const ended = await cli(['run', study, '--store', store, '--json', ...threadWords(threads)])
  if (ended.code !== 0) throw new Error(`The study does not run: ${ended.err}`)
  const seconds = (performance.now() - begun) / 1000
  const finished = { study, store, content: storeContent(store), tables: tablesOf(ended), seconds }
  finishedStudies.set(folder, finished)
  return finished
}

/** A study with every kind of step: its last chain is a mixture's. */
function withMixture(text: string): string {
  return text
    .replace('chains:', 'mixtures:\n  mixed: { of: { a2t: 1, trans: 1 }, by: rows }\nchains:')
    .replace('flan -> res -> trans', 'flan -> mixed')
}

/** A command that was neither answered nor refused with a sentence. */
function slipsOf(
  args: readonly string[],
  { code, signal, out, err }: CliResult,
  wrong = /damaged|not as written/u,
  codes: readonly number[] = [0, 1],
): string[] {
  const isBug = /^\s+at .*\(?(?:file|node):/mu.test(err) || (wrong.source !== '^$' && wrong.test(out))
  const isEnded = signal === null && codes.includes(code!)
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

/** Leaves out what tells of the time that work has taken. */
function tablesOf({ out }: CliResult): string {
  const { tables } = JSON.parse(out === '' ? '{}' : out) as { tables?: unknown }
  return JSON.stringify(tables, (key, value) => (key === 'seconds' || key === 'minutes' ? undefined : value)) ?? ''
}

interface WholeWork {
  readonly whole: Record<string, string>
  readonly seconds: number
}

async function wholeWork({ args, prepare, content }: KilledWork): Promise<WholeWork> {
  prepare()
  const begun = performance.now()
  const ended = await cli(args)
  if (ended.code !== 0) throw new Error(`"${args.join(' ')}" does not work: ${ended.err}`)
  return { whole: content(ended), seconds: (performance.now() - begun) / 1000 }
}

/** What a run that was killed was about: a kind of step that somebody held, or what comes before and after all of them. */
function phaseOf(store: string): string {
  const kinds = ['prepare', 'teach', 'evaluate', 'prefix-test']
  const held = kinds.find((kind) =>
    existsSync(join(store, kind)) ? readdirSync(join(store, kind)).some((name) => name.endsWith('.lock')) : false,
  )
  return `run: ${held ?? (existsSync(join(store, 'report')) ? 'report' : 'no step')}`
}

function threadWords(threads: number | undefined): string[] {
  return threads === undefined ? [] : ['--threads', String(threads)]
}

/** As "gc" names the step that a file is of: `teach 0123456789ab` */
function shortStep(path: string): string {
  const [kind = '', key = ''] = path.split('/')
  return `${kind} ${key.slice(0, 12)}`
}

function differing(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): string[] {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  return names.filter((name) => a[name] !== b[name])
}

function isSame(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}
