import { join, relative } from 'node:path'
import { readPlainFile } from '../../base/atomic-file.ts'
import { readSealedBytes } from '../../content/sealed-bytes.ts'
import { readSealedJson } from '../../content/sealed-json.ts'
import type { StepKey } from '../keys.ts'
import { stepKindNames } from '../steps/step-kinds.ts'
import { AnsweredTests } from './answered-tests.ts'
import { isSettled, listFolder, removeCounted } from './folders.ts'
import { cacheFolders, type StoreLayout } from './layout.ts'

/** A file or folder in a store that belongs to no step alone. */
export interface StaleFile {
  /** Within the store. */
  readonly path: string
  readonly bytes: number
}

/**
 * Removes what reports and lessons have worked out from steps that are gone, and halves of files that a crash has left.
 *
 * @param isGone whether a step's results are not there, or will not be
 */
export function removeStaleFiles(
  store: StoreLayout,
  isGone: (kind: 'prepare' | 'teach' | 'evaluate', key: StepKey) => boolean,
  dryRun: boolean,
): StaleFile[] {
  const { folder } = store
  const halves = ['', ...stepKindNames, ...Object.values(cacheFolders)].flatMap((inner) =>
    listFolder(join(folder, inner)).flatMap((name) => (isHalf(join(folder, inner, name)) ? [join(inner, name)] : [])),
  )
  const cached = (inner: string, isStale: (name: string) => boolean): string[] =>
    listFolder(join(folder, inner)).flatMap((name) =>
      name.endsWith('.json') && (isDamaged(join(folder, inner, name)) || isStale(name)) ? [join(inner, name)] : [],
    )
  const stale = [
    ...halves,
    ...cached(cacheFolders.leaks, (name) => leakSteps(name).some((key) => isGone('prepare', key))),
    ...[cacheFolders.comparisons, cacheFolders.floors].flatMap((inner) =>
      cached(inner, (name) => comparedSteps(join(folder, inner, name)).some((key) => isGone('evaluate', key))),
    ),
    ...staleTokens(folder, isGone),
    ...cached(cacheFolders.confidences, (name) => {
      const { lesson, data } = calibratedSteps(join(folder, cacheFolders.confidences, name))
      return isGone('teach', lesson) || isGone('prepare', data)
    }),
  ]
  if (!dryRun) new AnsweredTests(store).forget((key) => isGone('evaluate', key))
  return stale.map((path) => ({ path, bytes: removeCounted(join(folder, path), dryRun) }))
}

/** Removes one file or folder of what may go at any time. @returns nothing where none has any bytes */
export function removeNextCache(store: StoreLayout): StaleFile | undefined {
  for (const path of spareCaches(store)) {
    const bytes = removeCounted(path, false)
    if (bytes > 0) return { path: relative(store.folder, path), bytes }
  }
  return undefined
}

/** What is soonest worked out again comes first; memories of what files hold are small, and to read all files again takes long. */
function spareCaches({ folder, inputHashesFile, knownStepsFile }: StoreLayout): string[] {
  const { tokens, floors, leaks, comparisons, confidences } = cacheFolders
  const folders = [tokens, floors, leaks, comparisons, confidences].map((name) => join(folder, name))
  return [...folders, inputHashesFile, knownStepsFile]
}

/** Token ids of rows that are gone, and of others what is damaged or half written. */
function staleTokens(folder: string, isGone: (kind: 'prepare', key: StepKey) => boolean): string[] {
  return listFolder(join(folder, cacheFolders.tokens)).flatMap((key) => {
    const inner = join(cacheFolders.tokens, key)
    if (isGone('prepare', key as StepKey)) return [inner]
    const files = listFolder(join(folder, inner)).map((name) => join(inner, name))
    return files.filter((path) =>
      path.endsWith('.tokens') ? readSealedBytes(join(folder, path)) === undefined : isHalf(join(folder, path)),
    )
  })
}

/** What is no longer what was written is worked out anew when it is needed, which may be never. */
function isDamaged(path: string): boolean {
  return readSealedJson(path) === undefined
}

/**
 * What stood beside its place for a moment, as `temporaryBeside` names files that are being written and `takeLock` what it takes a
 * lock with, of a process that has died.
 */
function isHalf(path: string): boolean {
  if (!/(?:\.(?:json|tokens)\.tmp-\d+|\.lock\.\d+|\/clock\.tmp-\d+)-[0-9a-f]+$|\.lock\.takeover$/u.test(path))
    return false
  // To write one takes seconds at most; a process of now may be about to rename its own.
  return isSettled(path)
}

/** The steps that prepare the test and the training rows. */
function leakSteps(name: string): StepKey[] {
  return name.slice(0, -'.json'.length).split('-') as StepKey[]
}

/** The lesson whose confidences are calibrated, and the rows; of a file that cannot be read none that there could be. */
function calibratedSteps(path: string): { readonly lesson: StepKey; readonly data: StepKey } {
  try {
    return JSON.parse(readPlainFile(path).toString()) as { lesson: StepKey; data: StepKey }
  } catch {
    return { lesson: '' as StepKey, data: '' as StepKey }
  }
}

/** The tests that were compared; none where the file cannot be read: the next report writes it anew. */
function comparedSteps(path: string): StepKey[] {
  try {
    return (JSON.parse(readPlainFile(path).toString()) as { evaluations: StepKey[][] }).evaluations.flat()
  } catch {
    return []
  }
}
