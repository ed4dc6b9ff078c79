import type { Stats } from 'node:fs'
import { join } from 'node:path'
import { type FileFacts, fileFacts, hasFacts, isYoung } from '../../content/file-facts.ts'
import { LineMemory } from '../../content/line-memory.ts'
import type { StepKey } from '../keys.ts'
import type { StepKind } from '../steps/step-kinds.ts'
import { exists, statOf } from './folders.ts'
import type { StoreLayout } from './layout.ts'
import { sealName } from './seal.ts'
import type { StepTold } from './step-told.ts'

/** What was found of a step, all files of which were what was written. */
export interface KnownStep {
  /** Facts of the file that seals it; absent where the step is to be looked at whole. */
  readonly seal?: FileFacts
  /** By name within its folder, all files that the seal names. */
  readonly files: Readonly<Record<string, KnownFile>>
  /** What its record tells, once it has been asked for. */
  readonly told?: StepTold
}

/** What was found of a step whose seal was old enough to be known again. */
type SealedStep = KnownStep & Required<Pick<KnownStep, 'seal'>>

/** A step every file of which is as it was when all were what was written. */
export interface SoundStep {
  readonly kind: StepKind
  readonly key: StepKey
  readonly known: SealedStep
}

/**
 * A file that was read, with the beginning of its hash; the size of one that nobody has read, as that was enough; nothing of one that was
 * read too soon after it was written to be known again.
 */
export type KnownFile = readonly [...FileFacts, sha256: string] | readonly [size: number] | readonly []

/** What is known of a file that was read. @param stat from before it was read */
export function knownFile(stat: Stats, sha256: string): KnownFile {
  return isYoung(stat) ? [] : [...fileFacts(stat), sha256.slice(0, hashLength)]
}

/** Whether a file is as it was when it was read and of this hash. */
export function wasRead(stat: Stats, sha256: string, known: KnownFile | undefined): boolean {
  return known?.length === 5 && known[4] === sha256.slice(0, hashLength) && hasFactsOf(stat, known)
}

/** Whether nobody has read a file, as far as is known. */
export function isNeverRead(known: KnownFile | undefined): boolean {
  return known === undefined || known.length === 1
}

/** The steps of a store as they were last found, so that whoever looks next need not read what has not changed. */
export class KnownSteps {
  readonly #layout: StoreLayout
  readonly #memory: LineMemory<KnownStep>

  constructor(layout: StoreLayout) {
    this.#layout = layout
    this.#memory = new LineMemory(layout.knownStepsFile, (name) => exists(join(layout.folder, name)))
  }

  of(kind: StepKind, key: StepKey): KnownStep | undefined {
    return this.#memory.recall(`${kind}/${key}`)
  }

  note(kind: StepKind, key: StepKey, known: KnownStep): void {
    this.#memory.note(`${kind}/${key}`, known)
  }

  save(): void {
    this.#memory.save()
  }

  /** All steps every file of which is as it was when all were what was written. */
  asKnown(): SoundStep[] {
    return this.#memory.names().flatMap((name) => {
      const known = this.#memory.recall(name)
      const [kind, key] = name.split('/') as [StepKind, StepKey]
      const seal = known?.seal && sealStat(this.#layout.folderOf(kind, key))
      return seal !== undefined && this.isAsKnown(kind, key, seal) ? [{ kind, key, known: known as SealedStep }] : []
    })
  }

  /** Takes what another thread has found. */
  give({ kind, key, known }: SoundStep): void {
    this.#memory.give(`${kind}/${key}`, known)
  }

  /** Whether every file of a step is as it was when all were what was written. */
  isAsKnown(kind: StepKind, key: StepKey, seal: Stats): boolean {
    const known = this.of(kind, key)
    if (known?.seal === undefined || !hasFacts(seal, known.seal)) return false
    const folder = this.#layout.folderOf(kind, key)
    return Object.entries(known.files).every(([name, file]) => isSame(`${folder}/${name}`, file))
  }
}

function isSame(path: string, known: KnownFile): boolean {
  if (known.length === 0) return false
  const stat = statOf(path)
  if (stat === undefined || !stat.isFile()) return false
  return known.length === 1 ? stat.size === known[0] : hasFactsOf(stat, known)
}

function hasFactsOf(stat: Stats, [size, mtimeMs, ctimeMs, ino]: readonly [...FileFacts, string]): boolean {
  return hasFacts(stat, [size, mtimeMs, ctimeMs, ino])
}

/** Of the file that seals a folder; `undefined` where there is none. */
export function sealStat(folder: string): Stats | undefined {
  return statOf(join(folder, sealName))
}

/** Enough that no other file is taken for it: who could forge one could write the memory as well. */
const hashLength = 16
