import { readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Plan } from '../../study/plan/plan.ts'
import { stepKindNames } from '../../study/steps/step-kinds.ts'
import { Store } from '../../study/store/store.ts'
import { storeName } from './store-folder.ts'

/** A store that holds finished steps of a study. */
export interface NearbyStore {
  readonly folder: string
  readonly finished: number
}

/**
 * Stores beside the study, in the working folder and, by their usual name, in the folders above both that hold finished steps
 * of a study, those with most first.
 */
export function nearbyStores({ steps }: Plan, study: string, own: Store): NearbyStore[] {
  const finishedIn = (store: Store): number =>
    [...steps.values()].filter(({ kind, key }) => store.wasDone(kind, key)).length
  return candidates(study)
    .filter((folder) => folder !== own.folder && looksLikeStore(folder))
    .map((folder) => ({ folder, finished: finishedIn(new Store(folder)) }))
    .filter(({ finished }) => finished > 0)
    .toSorted((a, b) => b.finished - a.finished)
}

function candidates(study: string): string[] {
  const homes = [dirname(resolve(study)), process.cwd()]
  const beside = homes.flatMap((home) => subfolders(home).map((name) => join(home, name)))
  return [...new Set([...beside, ...homes.flatMap(andAbove).map((folder) => join(folder, storeName))])]
}

function andAbove(folder: string): string[] {
  const parent = dirname(folder)
  return parent === folder ? [folder] : [folder, ...andAbove(parent)]
}

/** Whether a folder has room for steps, be any finished or not. */
export function looksLikeStore(folder: string): boolean {
  const names = subfolders(folder)
  return stepKindNames.some((kind) => names.includes(kind))
}

function subfolders(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map(({ name }) => name)
  } catch {
    return []
  }
}
