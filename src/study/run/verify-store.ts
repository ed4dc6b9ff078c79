import { join, relative } from 'node:path'
import { readPlainFile } from '../../base/atomic-file.ts'
import { Fault } from '../../base/fault.ts'
import { plural } from '../../base/plural.ts'
import { systemCode } from '../../base/system-fault.ts'
import { brokenLines } from '../../content/line-memory.ts'
import { readSealedBytes } from '../../content/sealed-bytes.ts'
import { openSealedJson } from '../../content/sealed-json.ts'
import type { StepKey } from '../keys.ts'
import { type StepKind, stepKindNames } from '../steps/step-kinds.ts'
import type { StepCheck } from '../store/check-step.ts'
import { exists } from '../store/folders.ts'
import type { Store } from '../store/store.ts'

/** What a store holds, and what of it is not what was written. */
export interface StoreReport {
  /** Finished steps, and their files that were read. */
  readonly steps: number
  readonly files: number
  readonly bytes: number
  readonly findings: readonly StoreFinding[]
  /** Steps that were finished before files were sealed, and are sealed now. */
  readonly sealed: number
  /** Those that could not be sealed, as the store cannot be written or somebody is at them. */
  readonly unsealed: number
  /** What earlier runs have moved out of a step's place, from the store's folder on. */
  readonly setAside: readonly string[]
}

export interface StoreFinding {
  /** From the store's folder on. */
  readonly path: string
  /** `damaged`: a step's files; `strangers`: files that are not its own; `kept`: what a report, a plan or a lesson has worked out. */
  readonly what: 'damaged' | 'strangers' | 'kept'
  readonly label?: string
  readonly faults: readonly string[]
}

/**
 * Reads every file of every finished step of a store, whatever study it is of, and compares it with what was written.
 *
 * @param onStep told of each step as it is read
 */
export function verifyStore(store: Store, onStep: (path: string) => void): StoreReport {
  const counts = { steps: 0, files: 0, bytes: 0, sealed: 0, unsealed: 0 }
  const findings: StoreFinding[] = []
  for (const kind of stepKindNames) {
    for (const key of store.keys(kind)) {
      const path = relative(store.folder, store.folderOf(kind, key))
      onStep(path)
      const check = store.recheck(kind, key, true)
      if (check.state === 'absent') continue
      counts.steps++
      if (check.state === 'unsealed') counts[sealedNow(store, kind, key) ? 'sealed' : 'unsealed']++
      if (check.state === 'sound') {
        const files = Object.values(check.seal.files)
        counts.files += files.length
        counts.bytes += files.reduce((sum, { size }) => sum + size, 0)
      }
      findings.push(...findingsOf(check, path, labelOf(store, kind, key)))
    }
  }
  return { ...counts, findings: [...findings, ...keptFindings(store)], setAside: store.setAsideFolders() }
}

function findingsOf(check: StepCheck, path: string, label: { label?: string }): StoreFinding[] {
  if (check.state === 'damaged') return [{ path, what: 'damaged', ...label, faults: check.faults }]
  if (check.state !== 'sound' || check.strangers.length === 0) return []
  return [{ path, what: 'strangers', ...label, faults: check.strangers }]
}

function sealedNow(store: Store, kind: StepKind, key: StepKey): boolean {
  try {
    return store.sealStep(kind, key)
  } catch (error) {
    if (error instanceof Fault) return false
    throw error
  }
}

function labelOf(store: Store, kind: StepKind, key: StepKey): { label?: string } {
  try {
    const { label } = store.record(kind, key)
    return { label }
  } catch (error) {
    if (error instanceof Fault) return {}
    throw error
  }
}

/** What can be worked out again counts as well: whoever looks at a store wants to know of a bad disk. */
function keptFindings(store: Store): StoreFinding[] {
  const found = (path: string, fault: string | undefined): StoreFinding[] =>
    fault === undefined ? [] : [{ path, what: 'kept' as const, faults: [fault] }]
  return [
    ...store.keptFiles().flatMap((path) => found(path, textFault(join(store.folder, path), keptFault))),
    ...found(relative(store.folder, store.knownStepsFile), textFault(store.knownStepsFile, linesFault)),
    ...store.tokenFiles().flatMap((path) => found(path, tokensFault(join(store.folder, path)))),
  ]
}

function tokensFault(path: string): string | undefined {
  if (readSealedBytes(path) !== undefined || !exists(path)) return undefined
  return 'is not what was written: no lesson uses it, and gc removes it'
}

function linesFault(text: string): string | undefined {
  const broken = brokenLines(text)
  return broken === 0 ? undefined : `has ${plural(broken, 'line')} that nobody wrote so, which count for nothing`
}

function keptFault(text: string): string | undefined {
  if (openSealedJson(text) !== undefined) return undefined
  // Those from before files were sealed are not read any more.
  return Object.hasOwn(JSON.parse(text) as object, 'seal') ? 'is not what was written' : undefined
}

function textFault(path: string, faultOf: (text: string) => string | undefined): string | undefined {
  try {
    return faultOf(readPlainFile(path).toString())
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT') return undefined
    return code === undefined ? 'is not what was written' : `cannot be read (${code})`
  }
}
