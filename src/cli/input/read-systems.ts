import { Fault, UsageFault } from '../../base/fault.ts'
import { didYouMean } from '../../base/nearest.ts'
import { allReferences } from '../../metrics/example-statistics.ts'
import type { References } from '../../metrics/metric.ts'
import type { MetricFlags } from '../options/metric-options.ts'
import { checkIds, type LineIds } from './check-ids.ts'
import { checkSameLength, type LabelFormat, readLabelSets, readReferenceTexts, readTexts } from './read-answers.ts'

export interface Systems<Answer> {
  /** By file, in the order given. */
  readonly systems: readonly (readonly Answer[])[]
  readonly references: References<Answer>
}

/**
 * Reads the texts that systems answered and their references, from files of their own or from the answers' objects.
 *
 * @throws {Fault} naming file and line if a file cannot be read, or the files are not about the same examples, by
 *   their references or by ids in another order
 */
export function readTextSystems(files: readonly string[], flags: MetricFlags): Systems<string> {
  return readSystems(
    files,
    flags,
    { answers: readTexts, references: readReferenceTexts },
    { answers: ['prediction'], references: ['reference', 'target'] },
  )
}

/**
 * As `readTextSystems` for sets of labels, with the list of all labels: the one that was given, or those in the files.
 *
 * @throws {Fault} if a reference has a label that is not in the list given
 */
export function readLabelSystems(
  files: readonly string[],
  flags: MetricFlags,
): Systems<readonly string[]> & { readonly labels: readonly string[] } {
  if ((flags.references ?? []).length > 1)
    throw new UsageFault('Cannot score labels against two files of references: give one')
  const { systems, references } = readSystems(
    files,
    flags,
    { answers: readLabelSets, references: (path, options) => [readLabelSets(path, options)] },
    {
      answers: ['predictedLabels', 'prediction'],
      references: ['labels', 'reference', 'target'],
    },
  )
  const wanted = allReferences(references)
  const labels = flags.labels ?? labelsIn([wanted, ...systems].flat())
  if (labels.length === 0) throw new Fault('Cannot score labels as no line has any: name them with --labels')
  checkCovered(flags.references?.[0] ?? files[0]!, wanted, labels)
  return { systems, references, labels }
}

function readSystems<Answer>(
  files: readonly string[],
  flags: MetricFlags,
  read: {
    readonly answers: (path: string, options: LabelFormat) => Answer[]
    readonly references: (path: string, options: LabelFormat) => (Answer | null)[][]
  },
  // Where studies, `reteach predict` and files of pairs have them.
  usual: { readonly answers: readonly string[]; readonly references: readonly string[] },
): Systems<Answer> {
  const separator = flags.separator ?? ','
  const named = flags.referenceField ?? (flags.references === undefined ? undefined : flags.field)
  const { encoding } = flags
  const objects = { answers: false, references: false }
  const noting = (whose: keyof typeof objects) => ({
    separator,
    encoding,
    onObject: () => {
      objects[whose] = true
    },
  })
  const ofReferences = { fields: named === undefined ? usual.references : [named], ...noting('references') }
  const ofAnswers = { fields: flags.field === undefined ? usual.answers : [flags.field], ...noting('answers') }
  const known: LineIds[] = []
  const withIds = <T>(path: string, options: LabelFormat, readFile: (path: string, options: LabelFormat) => T): T => {
    const ids: unknown[] = []
    known.push({ path, ids })
    return readFile(path, { ...options, onId: (id) => ids.push(id) })
  }
  const systems = files.map((file) => withIds(file, ofAnswers, read.answers))
  const listed = (paths: readonly string[], lists: References<Answer>) =>
    lists.map((entries, i) => ({ path: paths[i]!, entries }))
  if (flags.references !== undefined) {
    const references = flags.references.map((path) => withIds(path, ofReferences, read.references))
    const firstOfEach = references.map(([list]) => list!)
    checkSameLength([...listed(files, systems), ...listed(flags.references, firstOfEach)])
    checkIds([...known.slice(files.length), ...known.slice(0, files.length)])
    refuseUnheededFields(flags, objects)
    return { systems, references: references.flat() }
  }
  checkSameLength(listed(files, systems))
  const [first, ...others] = files.map((file) => read.references(file, { ...ofReferences, objectsOnly: true }))
  others.forEach((lists, i) => {
    const line = first![0]!.findIndex((_, row) => !sameReferences(lists, first!, row))
    if (line === -1) return
    throw new Fault(
      `Cannot compare answers to different examples: the reference of this line is not that in "${files[0]}"`,
      { file: files[i + 1]!, line: line + 1 },
    )
  })
  return { systems, references: first! }
}

/** Fields of files that are read from begin to end, as it takes their lines to know that none is an object. */
function refuseUnheededFields(
  { field, referenceField }: MetricFlags,
  objects: { readonly answers: boolean; readonly references: boolean },
): void {
  const heedsField = objects.answers || (referenceField === undefined && objects.references)
  const wrong =
    field !== undefined && !heedsField
      ? `--field "${field}"`
      : referenceField !== undefined && !objects.references
        ? `--reference-field "${referenceField}"`
        : undefined
  if (wrong === undefined) return
  throw new Fault(`Cannot use ${wrong} as no line is a JSON object: leave it out, or give a .jsonl file of objects`)
}

function sameReferences<Answer>(lists: References<Answer>, others: References<Answer>, row: number): boolean {
  const of = (references: References<Answer>): string => JSON.stringify(references.map((list) => list[row]))
  return of(lists) === of(others)
}

/** In the order of their characters, as scikit-learn sorts them. */
function labelsIn(sets: readonly (readonly string[])[]): string[] {
  const points = (label: string) => Array.from(label, (character) => character.codePointAt(0)!)
  return [...new Set(sets.flat())]
    .map((label) => ({ label, at: points(label) }))
    .sort(({ at: a }, { at: b }) => {
      const differing = a.findIndex((point, i) => point !== b[i])
      return differing === -1 ? a.length - b.length : a[differing]! - (b[differing] ?? -1)
    })
    .map(({ label }) => label)
}

function checkCovered(file: string, references: readonly (readonly string[])[], labels: readonly string[]): void {
  const known = new Set(labels)
  references.forEach((set, i) => {
    const unknown = set.find((label) => !known.has(label))
    if (unknown === undefined) return
    throw new Fault(`Cannot score labels as "${unknown}" is not in --labels${didYouMean(unknown, labels)}`, {
      file,
      line: i + 1,
    })
  })
}
