import { type BigIntStats, lstatSync, renameSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { readPlainFile, writeFault, writeFileAtomic } from '../../base/atomic-file.ts'
import { Fault } from '../../base/fault.ts'
import { takeLock } from '../../base/lock.ts'
import { makeFolder } from '../../base/make-folder.ts'
import { systemFault } from '../../base/system-fault.ts'
import { hashFile } from '../../content/hash-file.ts'
import { HashMemory } from '../../content/hash-memory.ts'
import { sha256Of } from '../../content/sha256.ts'
import type { StepKey } from '../keys.ts'
import { type StepKind, stepKindNames } from '../steps/step-kinds.ts'
import { checkStep, type HashOf, type StepCheck } from './check-step.ts'
import { exists, listFolder, statOf } from './folders.ts'
import { StoreLayout } from './layout.ts'
import { readSeal, removedMarker, type Seal, sealedFiles, sealName, sealText, weightsEnding } from './seal.ts'

/** Something of a step that is not what was written, moved out of the way. */
export interface SetAside {
  readonly faults: readonly string[]
  readonly path: string
}

/** The finished steps of a store as far as they are what was written: nothing else is read. */
export class SealedSteps extends StoreLayout {
  readonly #hashes = new HashMemory(this.fileHashesFile)
  /** What was found of a step, as long as its seal is the same file. */
  readonly #found = new Map<string, { readonly seal: string; readonly check: StepCheck }>()

  /**
   * Whether a step is finished and its files are what was written: all sizes, and all hashes but those of weights that
   * nobody has read since they were last hashed.
   */
  isDone(kind: StepKind, key: StepKey): boolean {
    const { state } = this.check(kind, key)
    return state === 'sound' || state === 'unsealed'
  }

  /** How a step's folder stands against what was written, as {@link isDone} looks at it. */
  check(kind: StepKind, key: StepKey): StepCheck {
    const folder = this.folderOf(kind, key)
    const stat = statOf(join(folder, sealName))
    if (stat === undefined && !exists(folder)) return { state: 'absent' }
    const seal = stat === undefined ? '' : `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`
    const known = this.#found.get(folder)
    if (known?.seal === seal) return known.check
    const check = checkStep({ kind, key, folder }, (path, now) =>
      path.endsWith(weightsEnding) ? this.#recalledHash(path, now) : this.#hashOf(path, now),
    )
    this.#found.set(folder, { seal, check })
    return check
  }

  /** What is wrong with a finished step's files; `undefined` where nothing is, or there are none. */
  damage(kind: StepKind, key: StepKey): string | undefined {
    const check = this.check(kind, key)
    return check.state === 'damaged' ? `its files are damaged (${check.faults.join('; ')})` : undefined
  }

  /**
   * As {@link check}, with every file as it is now.
   *
   * @param deep reads also those that have not changed since they were last read
   */
  recheck(kind: StepKind, key: StepKey, deep = false): StepCheck {
    const hashOf: HashOf = deep ? (path, now) => this.#readHash(path, now) : (path, now) => this.#hashOf(path, now)
    const folder = this.folderOf(kind, key)
    this.#found.delete(folder)
    return checkStep({ kind, key, folder }, hashOf)
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
    this.#found.delete(this.folderOf(kind, key))
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
      if (seal !== 'damaged') this.writeSeal(folder, seal)
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

  /** @param final where the folder will be */
  protected writeSeal(folder: string, { key, finished }: Pick<Seal, 'key' | 'finished'>, final = folder): void {
    const files = sealedFiles(folder, (name) => {
      const now = statSync(join(folder, name), { bigint: true })
      const sha256 = hashFile(join(folder, name))
      this.#hashes.note(relative(this.folder, join(final, name)), now, sha256)
      return sha256
    })
    writeFileAtomic(join(folder, sealName), sealText({ key, finished, files }))
  }

  /** Keeps what has been learned of files, for the next process; it is kept at the end of this one anyway. */
  saveHashes(): void {
    this.#hashes.save()
  }

  #hashOf(path: string, now: BigIntStats): string {
    return this.#recalledHash(path, now) ?? this.#readHash(path, now)
  }

  /** A file that is not as it was when it was last read is read again; one that never was is not. */
  #recalledHash(path: string, now: BigIntStats): string | undefined {
    const name = relative(this.folder, path)
    const recalled = this.#hashes.recall(name, now)
    return recalled ?? (this.#hashes.knows(name) ? this.#readHash(path, now) : undefined)
  }

  #readHash(path: string, now: BigIntStats): string {
    const sha256 = hashFile(path)
    this.#hashes.note(relative(this.folder, path), now, sha256)
    return sha256
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
    if (seal.files === undefined) return this.check(kind, key).state === 'unsealed'
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
