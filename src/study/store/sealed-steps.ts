import { lstatSync, renameSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { readPlainFile, writeFault, writeFileAtomic } from '../../base/atomic-file.ts'
import { Fault } from '../../base/fault.ts'
import { takeLock } from '../../base/lock.ts'
import { makeFolder } from '../../base/make-folder.ts'
import { systemFault } from '../../base/system-fault.ts'
import { type FileFacts, fileFacts, hasFacts } from '../../content/file-facts.ts'
import { hashFile } from '../../content/hash-file.ts'
import { sha256Of } from '../../content/sha256.ts'
import type { StepKey } from '../keys.ts'
import { type StepKind, stepKindNames } from '../steps/step-kinds.ts'
import { checkStep, type StepCheck, type StepPlaceName } from './check-step.ts'
import { exists, listFolder } from './folders.ts'
import { isNeverRead, type KnownFile, type KnownStep, KnownSteps, knownFile, sealStat, wasRead } from './known-steps.ts'
import { StoreLayout } from './layout.ts'
import { filesOf, readSeal, removedMarker, type Seal, sealedFiles, sealName, sealText, weightsEnding } from './seal.ts'
import { soundSteps } from './sound-steps.ts'
import type { StepRecord } from './step-record.ts'
import { type StepTold, toldBy } from './step-told.ts'

/** Something of a step that is not what was written, moved out of the way. */
export interface SetAside {
  readonly faults: readonly string[]
  readonly path: string
}

/** How a step's folder stands, as far as nothing more was to be known. */
type StepState = { readonly state: 'absent' | 'sound' | 'unsealed' } | Extract<StepCheck, { state: 'damaged' }>

interface FoundStep {
  readonly seal: FileFacts | undefined
  readonly state: StepState
  /** Of a damaged step facts of all its files, as they may be put back without the seal being touched. */
  readonly files: string
}

/** The finished steps of a store as far as they are what was written: nothing else is read. */
export class SealedSteps extends StoreLayout {
  readonly #known = new KnownSteps(this)
  /** What was found of a step, as long as its seal is the same file. */
  readonly #found = new Map<string, FoundStep>()
  /** Folders of steps that were found sound and not asked for since. */
  readonly #ahead = new Set<string>()

  /**
   * Whether a step is finished and its files are what was written: all sizes, and all hashes but those of weights that
   * nobody has read since they were last hashed.
   */
  isDone(kind: StepKind, key: StepKey): boolean {
    const { state } = this.stateOf(kind, key)
    return state === 'sound' || state === 'unsealed'
  }

  /**
   * Has the files of a step looked at anew: what was found of it otherwise holds in this process as long as its seal is the same
   * file.
   */
  lookAnew(kind: StepKind, key: StepKey): void {
    this.#forget(this.folderOf(kind, key))
  }

  /**
   * Has a thread look at all that is known of the store's steps, so that this one can plan a large study meanwhile. It finds what
   * {@link isDone} finds one after the other, and that is the answer the next time that a step is asked for.
   */
  async lookAhead(): Promise<void> {
    for (const sound of await soundSteps(this)) {
      const folder = this.folderOf(sound.kind, sound.key)
      this.#known.give(sound)
      this.#found.set(folder, { seal: sound.known.seal, state: { state: 'sound' }, files: '' })
      this.#ahead.add(folder)
    }
  }

  /** Whether a step is finished, whatever its files are by now. */
  wasDone(kind: StepKind, key: StepKey): boolean {
    return sealStat(this.folderOf(kind, key)) !== undefined
  }

  /** How a step's folder stands against what was written, as {@link isDone} looks at it. */
  protected stateOf(kind: StepKind, key: StepKey): StepState {
    const folder = this.folderOf(kind, key)
    if (this.#ahead.delete(folder)) return { state: 'sound' }
    const seal = sealStat(folder)
    if (seal === undefined && !exists(folder)) return { state: 'absent' }
    const found = this.#found.get(folder)
    if (found !== undefined && isSameFile(seal, found.seal) && isAsFound(folder, found)) return found.state
    const isKnown = seal !== undefined && this.#known.isAsKnown(kind, key, seal)
    const state: StepState = isKnown ? { state: 'sound' } : this.#check(kind, key, 'mayBeUnread')
    this.#found.set(folder, { seal: seal && fileFacts(seal), state, files: damagedFiles(folder, state) })
    return state
  }

  /** What is wrong with a finished step's files; `undefined` where nothing is, or there are none. */
  damage(kind: StepKind, key: StepKey): string | undefined {
    const found = this.stateOf(kind, key)
    return found.state === 'damaged' ? `its files are damaged (${found.faults.join('; ')})` : undefined
  }

  /**
   * As {@link isDone} looks at it, with every file as it is now.
   *
   * @param deep reads also those that have not changed since they were last read
   */
  recheck(kind: StepKind, key: StepKey, deep = false): StepCheck {
    this.#forget(this.folderOf(kind, key))
    return this.#check(kind, key, deep ? 'readAll' : 'readChanged')
  }

  #forget(folder: string): void {
    this.#found.delete(folder)
    this.#ahead.delete(folder)
  }

  #check(kind: StepKind, key: StepKey, how: 'mayBeUnread' | 'readChanged' | 'readAll'): StepCheck {
    const folder = this.folderOf(kind, key)
    const known = this.#known.of(kind, key)?.files ?? {}
    const seal = sealStat(folder)
    const files: Record<string, KnownFile> = {}
    const check = checkStep({ kind, key, folder }, (name, stat, sha256) => {
      const kept = known[name]
      const isSame = how !== 'readAll' && wasRead(stat, sha256, kept)
      const isUnread = how === 'mayBeUnread' && name.endsWith(weightsEnding) && isNeverRead(kept)
      const isRight = isSame || isUnread || hashFile(join(folder, name)) === sha256
      files[name] = isSame ? kept! : isUnread ? [stat.size] : isRight ? knownFile(stat, sha256) : []
      return isRight
    })
    // Without the seal's facts the step is looked at whole each time.
    const isSound = check.state === 'sound' && seal !== undefined
    if (check.state !== 'absent') this.#note(kind, key, { ...(isSound && { seal: fileFacts(seal) }), files })
    return check
  }

  /** Notes what is not known yet. */
  #note(kind: StepKind, key: StepKey, now: KnownStep): void {
    const known = this.#known.of(kind, key)
    const isToldOf = known?.told !== undefined && isDeepStrictEqual(known.seal, now.seal)
    const next = isToldOf ? { ...now, told: known.told } : now
    if (!isDeepStrictEqual(known, next)) this.#known.note(kind, key, next)
  }

  /** What the record of a step that is done tells, which is read once. @throws {Fault} if it cannot be read */
  protected toldOf(kind: StepKind, key: StepKey, record: () => StepRecord): StepTold | undefined {
    const { state } = this.stateOf(kind, key)
    if (state !== 'sound') return state === 'unsealed' ? toldBy(record()) : undefined
    const known = this.#known.of(kind, key)
    const found = this.#found.get(this.folderOf(kind, key))?.seal
    const isKnown = known?.seal?.every((fact, index) => fact === found?.[index]) === true
    if (isKnown && known.told !== undefined) return known.told
    const told = toldBy(record())
    if (isKnown) this.#known.note(kind, key, { ...known, told })
    return told
  }

  /**
   * The folder of a finished step, every file of which is what was written; files that are not its own are put aside.
   *
   * @throws {Fault} if the step is not finished or is damaged
   */
  openStep(kind: StepKind, key: StepKey): string {
    const check = this.recheck(kind, key)
    const folder = this.folderOf(kind, key)
    if (check.state === 'absent') throw new Fault(`Cannot use "${folder}" as that step is not finished`)
    if (check.state === 'damaged') {
      throw new Fault(`Cannot use "${folder}" as it is damaged (${check.faults.join('; ')}): run the study again`)
    }
    if (check.state === 'sound' && check.strangers.length > 0) this.putStrangersAside(kind, key, check.strangers)
    return folder
  }

  /** Moves files that are not a step's own out of its folder. @returns where they lie now */
  putStrangersAside(kind: StepKind, key: StepKey, names: readonly string[]): string {
    const aside = this.#asidePath(kind, key)
    try {
      for (const name of names) {
        makeFolder(join(aside, name, '..'))
        renameSync(join(this.folderOf(kind, key), name), join(aside, name))
      }
    } catch (error) {
      throw writeFault(aside, error)
    }
    this.#forget(this.folderOf(kind, key))
    return aside
  }

  /**
   * Seals a step that was finished before files were sealed: from now on its files are to stay what they are.
   *
   * @returns whether it was sealed; not while somebody is at it
   * @throws {Fault} if the store cannot be written
   */
  sealStep(kind: StepKind, key: StepKey): boolean {
    const isSealed = this.whileFree(kind, key, () => {
      if (this.recheck(kind, key).state !== 'unsealed') return false
      const folder = this.folderOf(kind, key)
      const seal = readSeal(folder)
      if (seal !== 'damaged') this.writeSeal(folder, { kind, ...seal })
      return seal !== 'damaged'
    })
    return isSealed ?? false
  }

  /** Does something to a step that nobody is at. @returns `undefined` while somebody is */
  whileFree<T>(kind: StepKind, key: StepKey, work: () => T): T | undefined {
    const lock = takeLock(this.beside(kind, key, 'lock'))
    if ('holder' in lock) return undefined
    try {
      return work()
    } finally {
      lock.release()
    }
  }

  /** Where lies what was not what was written, from the store's folder on. */
  setAsideFolders(): string[] {
    return stepKindNames.flatMap((kind) =>
      listFolder(join(this.folder, kind)).flatMap((name) => (name.startsWith('damaged-') ? [join(kind, name)] : [])),
    )
  }

  /** @param folder where the step's files are before it is finished, or its own */
  protected writeSeal(folder: string, place: Pick<StepPlaceName, 'kind'> & Pick<Seal, 'key' | 'finished'>): void {
    const { kind, key, finished } = place
    const known: Record<string, KnownFile> = {}
    const files = sealedFiles(folder, (name) => {
      const now = statSync(join(folder, name))
      const sha256 = hashFile(join(folder, name))
      known[name] = knownFile(now, sha256)
      return sha256
    })
    writeFileAtomic(join(folder, sealName), sealText({ key, finished, files }))
    this.#known.note(kind, key, { files: known })
  }

  /** Keeps what has been learned of files, for the next process; it is kept at the end of this one anyway. */
  saveKnown(): void {
    this.#known.save()
  }

  protected readJson(kind: StepKind, key: StepKey, name: string): unknown {
    const path = join(this.folderOf(kind, key), name)
    try {
      const bytes = readPlainFile(path)
      if (this.#isWritten(kind, key, name, bytes)) return JSON.parse(bytes.toString())
    } catch (error) {
      throw systemFault(`Cannot read "${path}"`, error)
    }
    throw new Fault(`Cannot read "${path}" as it is not what was written: run the study again to have it made anew`)
  }

  /** Of a damaged step the files that are sound may still be read. */
  #isWritten(kind: StepKind, key: StepKey, name: string, bytes: Uint8Array): boolean {
    const seal = readSeal(this.folderOf(kind, key))
    if (seal === 'damaged' || seal.key !== key) return false
    if (seal.files === undefined) return this.stateOf(kind, key).state === 'unsealed'
    return Object.hasOwn(seal.files, name) && seal.files[name]!.sha256 === sha256Of(bytes)
  }

  /** Takes files that were removed on purpose out of a seal. */
  protected sealRest(folder: string): void {
    const seal = readSeal(folder)
    if (seal === 'damaged' || seal.files === undefined) return
    const rest = Object.entries(seal.files).filter(([name]) => !name.endsWith(weightsEnding))
    const marker = join(folder, removedMarker)
    const files = {
      ...Object.fromEntries(rest),
      [removedMarker]: { size: statSync(marker).size, sha256: hashFile(marker) },
    }
    writeFileAtomic(join(folder, sealName), sealText({ ...seal, files }))
  }

  /** Moves a folder that is not what was written out of the way; one that has only lost its weights goes. */
  protected setAside(kind: StepKind, key: StepKey): SetAside | undefined {
    const check = this.recheck(kind, key)
    const folder = this.folderOf(kind, key)
    const isLink = check.state === 'absent' && lstatSync(folder, { throwIfNoEntry: false }) !== undefined
    if (check.state !== 'damaged' && !isLink) return undefined
    const path = this.#asidePath(kind, key)
    renameSync(folder, path)
    return { faults: isLink ? ['it is a link to nowhere'] : check.state === 'damaged' ? check.faults : [], path }
  }

  #asidePath(kind: StepKind, key: StepKey): string {
    for (let n = 1; ; n++) {
      const path = join(this.folder, kind, `damaged-${key}-${n}`)
      if (!exists(path)) return path
    }
  }
}

function isSameFile(now: Stats | undefined, before: FileFacts | undefined): boolean {
  return now === undefined || before === undefined ? now === before : hasFacts(now, before)
}

function isAsFound(folder: string, { state, files }: FoundStep): boolean {
  return damagedFiles(folder, state) === files
}

/** Facts of the files of a damaged step; nothing of others, and of one that cannot be listed. */
function damagedFiles(folder: string, { state }: StepState): string {
  if (state !== 'damaged') return ''
  try {
    const facts = (name: string): FileFacts => fileFacts(statSync(join(folder, name)))
    return filesOf(folder)
      .map((name) => [name, ...facts(name)].join())
      .join('\n')
  } catch {
    return ''
  }
}
