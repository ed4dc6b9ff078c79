import { randomBytes } from 'node:crypto'
import { readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { readPlainFile, writeFault, writeFileAtomic, writeJsonFile } from '../../base/atomic-file.ts'
import { Fault, given } from '../../base/fault.ts'
import { type Lock, type LockHolder, lockHolder, takeLock } from '../../base/lock.ts'
import { makeFolder } from '../../base/make-folder.ts'
import { clearAway } from '../../base/temporary-folder.ts'
import { flush, flushFolder } from '../../content/flush-folder.ts'
import { isBestWeights, isSavedState } from '../../lesson/saved-state.ts'
import type { StepKey } from '../keys.ts'
import type { FinishedSteps, FinishedTest } from '../steps/finished-steps.ts'
import type { PrefixTest } from '../steps/kinds/prefix-test.ts'
import { answersKey } from '../steps/known-answers.ts'
import type { Scores } from '../steps/score-answers.ts'
import { type ResultOf, type StepKind, stepKindNames } from '../steps/step-kinds.ts'
import type { StepPlace } from '../steps/step-rule.ts'
import { AnsweredTests } from './answered-tests.ts'
import { exists, isSettled, listFolder, remove, removeCounted, statOf } from './folders.ts'
import { removedMarker, removedWeights, weightsEnding } from './seal.ts'
import { SealedSteps, type SetAside } from './sealed-steps.ts'
import type { StepRecord } from './step-record.ts'
import type { StepTold } from './step-told.ts'

/** Of functions of the library. */
export const storeKind = given('a Store', 'folder', 'isDone')

/** A step that is being worked on by this process. */
export interface StepWork extends StepPlace {
  /** Aborted once it is seen that another process has taken the step over: nothing of it is this one's any more. */
  readonly lost: AbortSignal
  /** What was wrong with the folder that was there before, and where it lies now. */
  readonly setAside?: SetAside
  /** Writes `step.json`, then `done.json`, and moves the folder to its place. @throws {LockLost} */
  finish(record: StepRecord): void
  /** Removes the results; the state stays, and `reason` is what `status` shows. */
  fail(reason: string): void
  /** Removes the results and gives the lock back; the state stays. */
  leave(): void
  /** Looks whether another process has taken the step over. */
  isLost(): boolean
}

export interface StepFailure {
  readonly reason: string
  readonly time: string
}

/**
 * The folder of finished steps, `<store>/<kind>/<key>/`. Results are written into a temporary folder beside it and moved
 * with one rename, so a folder is there whole or not at all; only one whose files are what `done.json` says counts.
 */
export class Store extends SealedSteps implements FinishedSteps {
  readonly #answered = new AnsweredTests(this)

  /** Whether a finished lesson's weights are there: they may have been removed to save space. */
  hasWeights(key: StepKey): boolean {
    return this.isDone('teach', key) && removedWeights(this.folderOf('teach', key)).length === 0
  }

  /** @throws {Fault} if the record cannot be read */
  record<Kind extends StepKind>(kind: Kind, key: StepKey): StepRecord<Kind> {
    return this.readJson(kind, key, 'step.json') as StepRecord<Kind>
  }

  /** Of a step that {@link isDone} what its record tells shortly. @throws {Fault} if the record cannot be read */
  told(kind: StepKind, key: StepKey): StepTold | undefined {
    return this.toldOf(kind, key, () => this.record(kind, key))
  }

  /** What a finished step has told of its work. @throws {Fault} if the record cannot be read */
  result<Kind extends StepKind>(kind: Kind, key: StepKey): ResultOf<Kind> {
    return this.record(kind, key).result
  }

  /** As {@link result}; `undefined` where the record is not what was written. */
  soundResult<Kind extends StepKind>(kind: Kind, key: StepKey): ResultOf<Kind> | undefined {
    try {
      return this.result(kind, key)
    } catch (error) {
      if (error instanceof Fault) return undefined
      throw error
    }
  }

  /** Scores of a finished test. @throws {Fault} if they cannot be read */
  scores(key: StepKey): Scores {
    return this.readJson('evaluate', key, 'scores.json') as Scores
  }

  /** What a finished prefix test has found. @throws {Fault} if it cannot be read */
  prefixTest(key: StepKey): PrefixTest {
    return this.readJson('prefix-test', key, 'prefix-test.json') as PrefixTest
  }

  *testsWithAnswers(answers: StepKey): Generator<FinishedTest> {
    this.#noteOlderTests()
    for (const key of this.#answered.of(answers)) {
      const test = this.#testOf(key)
      if (test !== undefined && answersKey(test.inputs, test.version) === answers) yield test
    }
  }

  /** A damaged record of one test is no reason to fail another. */
  #testOf(key: StepKey): FinishedTest | undefined {
    if (!this.isDone('evaluate', key)) return undefined
    try {
      return this.record('evaluate', key)
    } catch (error) {
      if (error instanceof Fault) return undefined
      throw error
    }
  }

  #noteOlderTests(): void {
    if (this.#answered.isWhole) return
    for (const key of this.keys('evaluate')) {
      const test = this.#testOf(key)
      if (test !== undefined) this.#answered.note(answersKey(test.inputs, test.version), key)
    }
    this.#answered.noteWhole()
  }

  /** Why the step failed when it was last tried, if it did. */
  failure(kind: StepKind, key: StepKey): StepFailure | undefined {
    try {
      return JSON.parse(readPlainFile(this.beside(kind, key, 'failed.json')).toString()) as StepFailure
    } catch {
      return undefined
    }
  }

  /** Whether an interrupted step has left anything to go on from. */
  hasState(kind: StepKind, key: StepKey): boolean {
    return listFolder(this.stateFolder(kind, key)).some(isSavedState)
  }

  /** The process that works on a step, if there is one. */
  worker(kind: StepKind, key: StepKey): LockHolder | undefined {
    return lockHolder(this.beside(kind, key, 'lock'))
  }

  /**
   * Begins a step: takes its lock and clears what a crash has left.
   *
   * @param needsWeights whether a lesson that is finished, but whose weights were removed, is to be taught again
   * @returns the work; `done` when somebody else finished it in the meantime; or who is at it
   * @throws {Fault} if the store cannot be written
   */
  begin(kind: StepKind, key: StepKey, needsWeights = false): StepWork | 'done' | { readonly holder: LockHolder } {
    const lock = takeLock(this.beside(kind, key, 'lock'))
    if ('holder' in lock) return lock
    let work: StepWork | 'done' | undefined
    try {
      work = this.#beginLocked(kind, key, needsWeights, lock)
      return work
    } finally {
      if (work === undefined || work === 'done') lock.release()
    }
  }

  #beginLocked(kind: StepKind, key: StepKey, needsWeights: boolean, lock: Lock): StepWork | 'done' {
    if (this.isDone(kind, key) && !(needsWeights && !this.hasWeights(key))) return 'done'
    const final = this.folderOf(kind, key)
    const folder = this.beside(kind, key, `tmp-${process.pid}-${randomBytes(4).toString('hex')}`)
    let setAside: SetAside | undefined
    try {
      setAside = this.setAside(kind, key)
      this.#removeLeftovers(kind, key)
      makeFolder(folder)
    } catch (error) {
      throw writeFault(folder, error)
    }
    const stateFolder = this.stateFolder(kind, key)
    const end = (): void => {
      clearAway(folder)
      if (!lock.isLost()) clearAway(this.progressFile(kind, key))
      lock.release()
    }
    return {
      lost: lock.lost,
      isLost: () => lock.isLost(),
      folder,
      stateFolder,
      ...(setAside === undefined ? {} : { setAside }),
      finish: (record) => {
        if (lock.isLost()) throw lock.lost.reason
        try {
          writeJsonFile(join(folder, 'step.json'), { ...record, sealed: true })
          this.writeSeal(folder, { kind, key, finished: record.finished })
          if (kind === 'evaluate') this.#answered.note(answersKey(record.inputs, record.version), key)
          flushFolder(folder)
          renameSync(folder, final)
          flush(join(this.folder, kind))
        } catch (error) {
          if (!this.#isSurelyDone(kind, key)) {
            end()
            throw error instanceof Fault ? error : writeFault(final, error)
          }
        }
        clearAway(stateFolder)
        clearAway(this.beside(kind, key, 'failed.json'))
        end()
      },
      fail: (reason) => {
        try {
          const failure: StepFailure = { reason, time: new Date().toISOString() }
          writeFileAtomic(this.beside(kind, key, 'failed.json'), `${JSON.stringify(failure)}\n`)
        } catch {
          // On a full disk the reason is still told at the end of the run.
        }
        end()
      },
      leave: end,
    }
  }

  /** After a failure of the system, which may be one of looking as well. */
  #isSurelyDone(kind: StepKind, key: StepKey): boolean {
    try {
      return this.isDone(kind, key)
    } catch {
      return false
    }
  }

  /** Keys of all steps of a kind that have anything in the store, finished or not. */
  keys(kind: StepKind): StepKey[] {
    return [...this.namesByStep(kind).keys()]
  }

  /** What lies in a kind's folder, by the step whose it is. */
  namesByStep(kind: StepKind): Map<StepKey, string[]> {
    const byStep = new Map<StepKey, string[]>()
    for (const name of listFolder(this.kindFolder(kind))) {
      const key = /^[0-9a-f]{64}(?=\.|$)/u.exec(name)?.[0] as StepKey | undefined
      if (key === undefined) continue
      const names = byStep.get(key)
      if (names === undefined) byStep.set(key, [name])
      else names.push(name)
    }
    return byStep
  }

  /** When a step's folder, or what is in it, was last changed, by the clock of the disk; 0 where it is not there. */
  changedMs(kind: StepKind, key: StepKey): number {
    const stat = statOf(this.folderOf(kind, key))
    return stat === undefined ? 0 : Math.max(stat.mtimeMs, stat.ctimeMs)
  }

  /**
   * Removes what is beside a step that nobody works on: temporary folders, the state of a finished lesson, and best weights that
   * no state goes on from.
   *
   * @param names what lies there under the step's key
   * @returns bytes that were freed (or would be, with `dryRun`)
   */
  removeRests(kind: StepKind, key: StepKey, names: readonly string[], dryRun: boolean): number {
    return this.#rests(kind, key, names).reduce((sum, path) => sum + removeCounted(path, dryRun), 0)
  }

  #rests(kind: StepKind, key: StepKey, names: readonly string[]): string[] {
    const rests = names.filter((name) => {
      if (name.startsWith(`${key}.tmp-`) || name === `${key}.progress.json`) return true
      return name === `${key}.state` && this.isDone(kind, key)
    })
    const state = this.stateFolder(kind, key)
    const best =
      rests.includes(`${key}.state`) || this.hasState(kind, key) ? [] : listFolder(state).filter(isBestWeights)
    return [...rests.map((name) => join(this.folder, kind, name)), ...best.map((name) => join(state, name))]
  }

  /**
   * Removes rests of one step as {@link removeRests}, without its lock, for which there may be no room: what was there before the
   * lock was found to be nobody's, and so long ago that all machines see both. Who begins the step meanwhile removes the same.
   *
   * @param isNeeded whether a step is left alone
   */
  removeNextRests(
    isNeeded: (key: StepKey) => boolean,
  ): { readonly kind: StepKind; readonly key: StepKey; readonly bytes: number } | undefined {
    for (const kind of stepKindNames) {
      for (const [key, names] of this.namesByStep(kind)) {
        const rests = this.#rests(kind, key, names).filter(isSettled)
        if (rests.length === 0 || isNeeded(key) || this.worker(kind, key) !== undefined) continue
        const bytes = rests.reduce((sum, path) => sum + removeCounted(path, false), 0)
        if (bytes > 0) return { kind, key, bytes }
      }
    }
    return undefined
  }

  /**
   * Removes everything of a step.
   *
   * @param names what lies there under the step's key
   * @returns bytes that were freed (or would be, with `dryRun`)
   */
  removeStep(kind: StepKind, key: StepKey, names: readonly string[], dryRun: boolean): number {
    const paths = names
      .filter((name) => name !== key && !name.startsWith(`${key}.lock`))
      .map((name) => join(this.folder, kind, name))
    // The folder goes first and in one rename, so that a crash leaves no half of it.
    const folder = this.folderOf(kind, key)
    const doomed = this.beside(kind, key, `tmp-${process.pid}-${randomBytes(4).toString('hex')}`)
    const isThere = exists(folder)
    if (!dryRun && isThere) renameSync(folder, doomed)
    if (isThere) paths.unshift(dryRun ? folder : doomed)
    return paths.reduce((sum, path) => sum + removeCounted(path, dryRun), 0)
  }

  /** Removes a finished lesson's weights; its log, scores and record stay. */
  removeWeights(key: StepKey, dryRun: boolean): number {
    const folder = this.folderOf('teach', key)
    const weights = listFolder(folder).filter((name) => name.endsWith(weightsEnding))
    if (!dryRun) writeFileAtomic(join(folder, removedMarker), `${JSON.stringify({ removed: weights })}\n`)
    const bytes = weights.reduce((sum, name) => sum + removeCounted(join(folder, name), dryRun), 0)
    if (!dryRun) this.sealRest(folder)
    return bytes
  }

  /** Temporary folders of workers that died; who holds the lock may remove them. */
  #removeLeftovers(kind: StepKind, key: StepKey): void {
    const parent = join(this.folder, kind)
    for (const name of readdirSync(parent)) if (name.startsWith(`${key}.tmp-`)) remove(join(parent, name))
    remove(this.folderOf(kind, key))
  }
}
