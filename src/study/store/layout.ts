import { join, relative, resolve, sep } from 'node:path'
import { oneOf, refuseArguments } from '../../base/fault.ts'
import { sha256Of } from '../../content/sha256.ts'
import type { StepKey } from '../keys.ts'
import { preparedFile } from '../steps/prepare-task.ts'
import { type StepKind, stepKindNames } from '../steps/step-kinds.ts'
import type { SplitName } from '../study.ts'
import { exists, listFolder } from './folders.ts'
import { cardName } from './seal.ts'

/**
 * Where everything in a store is. What keeps leases, trials and jobs names its own files there; nobody else makes a path in one.
 *
 *   <kind>/<key>/                    results of a finished step
 *   <kind>/<key>.*                   its lock, state, progress, reason of failure, temporary folders
 *   leaks/, comparisons/, floors/    what a report has worked out, which may go at any time
 *   confidences/                     how a model's confidences in labels are calibrated, which may go as well
 *   answers/<hash>/<key>             which tests have answers that depend on the same
 *   studies/                         what studies were last run with: others do not tidy it away
 *   tokens/<key of prepare>/         token ids of a step's rows for lessons to come, which may go too
 *   report/<study>/                  tables and figures for people
 *   jobs/                            jobs of a cluster: which does a step, what it printed, elements of arrays
 *   trial-*, trial-*.lock            files of a measurement that is being made
 *   run-*.lock, run-*.json           leases of runs that are at work, and the steps that each needs
 *   tidy.lock                        held by whoever removes things
 *   devices.json                     what studies are computed on, where that was decided by a run
 *   measurements.json                what lessons and tests take on this machine
 *   input-hashes.json                content of a study's files by their time and size
 *   last-inputs.json                 what a study was last read from: data and starts that may be gone by now
 *   known-steps.jsonl                how the steps' files were when they were last found to be what was written
 *   <kind>/damaged-<key>-<n>         what was found in a step's place and is not what was written
 */
export class StoreLayout {
  readonly folder: string

  constructor(folder: string) {
    refuseArguments({ folder }, { folder: 'path' })
    this.folder = resolve(folder)
  }

  /** Where a step's results are, finished or not. */
  folderOf(kind: StepKind, key: StepKey): string {
    refusePlace(kind, key)
    // Asked for a hundred thousand times by a large study; the parts need no tidying.
    return `${this.folder}${sep}${kind}${sep}${key}`
  }

  stateFolder(kind: StepKind, key: StepKey): string {
    return this.beside(kind, key, 'state')
  }

  /** Where the worker of a step tells how far it is. */
  progressFile(kind: StepKind, key: StepKey): string {
    return this.beside(kind, key, 'progress.json')
  }

  rowsFile(key: StepKey, part: SplitName): string {
    return preparedFile(this.folderOf('prepare', key), part)
  }

  tokensFolder(key: StepKey): string {
    return join(this.folder, cacheFolders.tokens, key)
  }

  modelFolder(key: StepKey): string {
    return this.folderOf('teach', key)
  }

  /** The card of a lesson's model, which may go at any time. */
  cardFile(key: StepKey): string {
    return join(this.modelFolder(key), cardName)
  }

  lessonLog(key: StepKey): string {
    return join(this.modelFolder(key), 'log.jsonl')
  }

  /** JSONL of the evaluations within a lesson; not there where it had none. */
  lessonEvaluations(key: StepKey): string {
    return join(this.modelFolder(key), 'evaluations.jsonl')
  }

  predictionsFile(key: StepKey): string {
    return join(this.folderOf('evaluate', key), 'predictions.jsonl')
  }

  /** Test rows that are among training rows, by the steps that prepare both. */
  leaksFile(test: StepKey, train: StepKey): string {
    return join(this.folder, cacheFolders.leaks, `${test}-${train}.json`)
  }

  /** What a comparison has found, by a hash of what it compares. */
  comparisonFile(hash: string): string {
    return join(this.folder, cacheFolders.comparisons, `${hash}.json`)
  }

  /** What answers score that no learning was needed for, and how an arm stands to them, by a hash of both. */
  floorFile(hash: string): string {
    return join(this.folder, cacheFolders.floors, `${hash}.json`)
  }

  /** How a model's confidences are calibrated, by a hash of all that they depend on. */
  confidencesFile(hash: string): string {
    return join(this.folder, cacheFolders.confidences, `${hash}.json`)
  }

  /** What studies were last run with. */
  get claimsFolder(): string {
    return join(this.folder, cacheFolders.studies)
  }

  /** What a study was last run with, by a hash of its name and file. */
  claimFile(hash: string): string {
    return join(this.claimsFolder, `${hash}.json`)
  }

  /** Where a study's tables and figures lie: names that a folder cannot have are told apart by what follows them. */
  reportFolder(study: string): string {
    const name = study.replace(/[^\p{L}\p{N}_.-]+/gu, '-')
    const own = name === study ? name : `${name}-${sha256Of(study).slice(0, 6)}`
    return join(this.folder, 'report', own)
  }

  /** Where it is noted which tests have which answers. */
  get answersFolder(): string {
    return join(this.folder, 'answers')
  }

  /** Where what is known of jobs of a cluster lies. */
  get jobsFolder(): string {
    return join(this.folder, 'jobs')
  }

  get measurementsFile(): string {
    return join(this.folder, 'measurements.json')
  }

  get devicesFile(): string {
    return join(this.folder, 'devices.json')
  }

  get inputHashesFile(): string {
    return join(this.folder, 'input-hashes.json')
  }

  /** What the inputs of its studies held when they were last read. */
  get lastInputsFile(): string {
    return join(this.folder, 'last-inputs.json')
  }

  /** Held by whoever removes things. */
  get tidyLockFile(): string {
    return join(this.folder, 'tidy.lock')
  }

  get knownStepsFile(): string {
    return join(this.folder, 'known-steps.jsonl')
  }

  /** Files of what may go at any time, from the store's folder on. */
  keptFiles(): string[] {
    const cached = Object.values(cacheFolders).flatMap((inner) =>
      listFolder(join(this.folder, inner)).flatMap((name) => (name.endsWith('.json') ? [join(inner, name)] : [])),
    )
    const alone = [this.measurementsFile, this.inputHashesFile, this.lastInputsFile]
    return [...cached, ...alone.filter(exists).map((path) => relative(this.folder, path))]
  }

  /** Token ids that lessons have kept, from the store's folder on. */
  tokenFiles(): string[] {
    return listFolder(join(this.folder, cacheFolders.tokens)).flatMap((key) =>
      listFolder(this.tokensFolder(key as StepKey)).flatMap((name) =>
        name.endsWith('.tokens') ? [join(cacheFolders.tokens, key, name)] : [],
      ),
    )
  }

  /** Where all steps of a kind are. */
  protected kindFolder(kind: StepKind): string {
    refuseArguments({ kind }, { kind: oneOf(stepKindNames) })
    return join(this.folder, kind)
  }

  /** What lies beside a step's results under its name. */
  protected beside(kind: StepKind, key: StepKey, name: string): string {
    return `${this.folderOf(kind, key)}.${name}`
  }
}

/** What would be a place outside the store, or one that holds nothing. */
function refusePlace(kind: StepKind, key: StepKey): void {
  if (stepKindNames.includes(kind) && typeof key === 'string' && !/[/\\]/u.test(key)) return
  refuseArguments({ kind, key }, { kind: oneOf(stepKindNames), key: { is: () => false, words: 'the key of a step' } })
}

export const cacheFolders = {
  leaks: 'leaks',
  comparisons: 'comparisons',
  floors: 'floors',
  confidences: 'confidences',
  tokens: 'tokens',
  studies: 'studies',
} as const
