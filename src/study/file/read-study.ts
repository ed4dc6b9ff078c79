import { dirname, isAbsolute, join } from 'node:path'
import { type FieldKinds, isListOf, oneOf, refuseArguments } from '../../base/fault.ts'
import { didYouMean } from '../../base/nearest.ts'
import { fromHome } from '../../base/paths.ts'
import { type DeviceName, deviceNames } from '../../lesson/device.ts'
import { scoreNames } from '../score-names.ts'
import type { Start, Study, StudyMixture, StudyTask, TableRequest } from '../study.ts'
import { resolveChains } from './chains/resolve-chains.ts'
import { checkScore } from './check-score.ts'
import { fileDefaults } from './keys/file-defaults.ts'
import { resolveCluster } from './keys/resolve-cluster.ts'
import { defaultLimits, mergeLimits } from './merge-settings.ts'
import { type FigureParts, resolveFigures } from './resolve-figures.ts'
import { resolveReport } from './resolve-report.ts'
import { checkSplitSeeds, resolveSplits } from './resolve-splits.ts'
import { type Resolving, resolvePath, resolveTask } from './resolve-task.ts'
import { type MixtureEntry, type StudyFile, studySchema } from './schema.ts'
import { explainIssues, type SchemaFault, show, valueOfPath } from './schema-faults.ts'
import type { StudyFault } from './study-fault.ts'
import { refuseTwoLengths } from './two-lengths.ts'
import { withPresets } from './with-presets.ts'
import { type PlacedYaml, parsePlacedYaml, type YamlPath } from './yaml-places.ts'

export interface ReadStudyOptions {
  /** Folders given on the command line; they win over the study's own. */
  readonly folders?: ReadonlyMap<string, string>
  /** What `--device` asks every lesson to be computed on: settings that do not fit it are faults. */
  readonly device?: DeviceName | undefined
}

const optionKinds: FieldKinds<ReadStudyOptions> = {
  folders: {
    is: (value) => value instanceof Map && isListOf((one) => typeof one === 'string')([...value].flat()),
    words: 'a Map of paths by the names of folders',
    optional: true,
  },
  device: { ...oneOf(deviceNames), optional: true },
}

/** A checked study, with a way to report more faults at places of its file. */
export interface CheckedStudy {
  readonly study: Study
  faultAt: PlacedYaml['faultAt']
}

/**
 * Checks a study file: YAML, schema, then what names and values mean to each other. Nothing outside the text is looked
 * at.
 *
 * @param file the file's name, for places; relative paths in the study begin in its folder
 * @returns the study, or every fault found, in the order of the text
 */
export function readStudy(
  text: string,
  file: string,
  options: ReadStudyOptions = {},
): CheckedStudy | { readonly faults: readonly StudyFault[] } {
  refuseArguments({ text, file, options }, { text: 'text', file: 'text', options: { fields: optionKinds } })
  const yaml = parsePlacedYaml(text, file)
  if (yaml.faults.length > 0) return { faults: yaml.faults }
  if (yaml.value === null || yaml.value === undefined) {
    return { faults: [yaml.faultAt([], 'The study is empty: "reteach init" writes one to begin with')] }
  }
  const checked = studySchema.safeParse(yaml.value)
  if (!checked.success) {
    const issues = explainIssues(checked.error, studySchema, yaml.value)
    const faults = issues.map(({ path, message, where }) => yaml.faultAt(path, message, where))
    return { faults: inOrder([...faults, ...faultsOfRest(yaml, issues, file, options)]) }
  }
  return checkStudy(checked.data, yaml, file, options)
}

function checkStudy(
  entry: StudyFile,
  yaml: PlacedYaml,
  file: string,
  options: ReadStudyOptions,
): CheckedStudy | { readonly faults: readonly StudyFault[] } {
  const faults: StudyFault[] = []
  const base = dirname(file)
  const resolving: Resolving = {
    report: (path, message, where) => void faults.push(yaml.faultAt(path, message, where)),
    base,
    folders: foldersOf(entry, base, options),
    namedFolders: new Set(),
    device: options.device,
  }
  const study = resolveStudy(withPresets(entry), file, resolving)
  refuseIdleFolders(entry, resolving, options)
  return faults.length > 0 ? { faults: inOrder(faults) } : { study, faultAt: yaml.faultAt }
}

/**
 * What is wrong beside the schema's faults, so that a slip in one place does not hide those in others: keys that do not
 * fit are left out or put right, and where a study still comes of it, it is checked on.
 */
function faultsOfRest(
  yaml: PlacedYaml,
  issues: readonly SchemaFault[],
  file: string,
  options: ReadStudyOptions,
): readonly StudyFault[] {
  const rest = structuredClone(yaml.value)
  for (const { path, meant, meantKey } of issues) {
    if (meantKey !== undefined) renameAt(rest, path, meantKey)
    else if (meant === undefined ? !removeAt(rest, path) : !replaceAt(rest, path, meant)) return []
  }
  const checked = studySchema.safeParse(rest)
  if (!checked.success) return []
  const result = checkStudy(checked.data, yaml, file, options)
  // A key that was left out above is not missing.
  if (!('faults' in result)) return []
  const removed = issues.flatMap(({ path: [room, name, ...inner], meant }) =>
    meant === undefined && inner.length === 0 && name !== undefined && definitions.includes(String(room))
      ? [`"${name}"`]
      : [],
  )
  // Nor is a map empty all of whose entries were left out.
  const emptied = issues
    .map(({ path }) => path.slice(0, -1))
    .filter((path) => isEmpty(valueOfPath(rest, path)))
    .flatMap((path) => (['key', 'value'] as const).map((where) => yaml.faultAt(path, '', where)))
  const follows = ({ message, line, column }: StudyFault): boolean =>
    message.startsWith('Missing ') ||
    message.startsWith(idleFolder) ||
    emptied.some((place) => place.line === line && place.column === column) ||
    (/^(?:Unknown|Cannot test)/u.test(message) && removed.some((name) => message.includes(name)))
  return result.faults.filter((fault) => !follows(fault))
}

/** Where names are defined that the rest of a study uses. */
const definitions: readonly string[] = ['starts', 'tasks', 'mixtures']

function replaceAt(root: unknown, path: YamlPath, value: unknown): boolean {
  const parent = valueOfPath(root, path.slice(0, -1))
  if (parent === null || typeof parent !== 'object') return false
  ;(parent as Record<string | number, unknown>)[path.at(-1)!] = value
  return true
}

/** Gives a value the key that was meant, where there is none of that name yet. */
function renameAt(root: unknown, path: YamlPath, key: string): void {
  const parent = valueOfPath(root, path.slice(0, -1)) as Record<string, unknown>
  const value = parent[path.at(-1)!]
  delete parent[path.at(-1)!]
  if (!Object.hasOwn(parent, key)) parent[key] = value
}

/** Removes the key of a path, or of the nearest parent that stands under a key: indexes of lists must not shift. */
function removeAt(root: unknown, path: YamlPath): boolean {
  for (let depth = path.length; depth > 0; depth--) {
    const key = path[depth - 1]!
    if (typeof key === 'number') continue
    const parent = valueOfPath(root, path.slice(0, depth - 1))
    if (parent !== null && typeof parent === 'object') delete (parent as Record<string, unknown>)[key]
    return true
  }
  return false
}

function isEmpty(value: unknown): boolean {
  return value !== null && typeof value === 'object' && Object.keys(value).length === 0
}

function foldersOf(study: StudyFile, base: string, options: ReadStudyOptions): ReadonlyMap<string, string> {
  const own = Object.entries(study.folders ?? {}).map(([name, written]) => {
    const path = fromHome(written)
    return [name, isAbsolute(path) ? path : join(base, path)] as const
  })
  return new Map([...own, ...(options.folders ?? [])])
}

const idleFolder = 'Cannot use --folder '

/** A slip in the name would leave the study's own folder in use. */
function refuseIdleFolders(
  { folders: own = {} }: StudyFile,
  { namedFolders, report }: Resolving,
  { folders: given = new Map() }: ReadStudyOptions,
): void {
  const known = new Set([...Object.keys(own), ...namedFolders])
  for (const name of given.keys()) {
    if (known.has(name)) continue
    const names = [...known].map((one) => `"${one}"`).join(', ')
    const hint = didYouMean(name, known) || (names === '' ? ', nor any other' : `: it has ${names}`)
    report(['folders'], `${idleFolder}"${name}" as the study has no folder of this name${hint}`, 'key')
  }
}

function resolveStudy(entry: StudyFile, file: string, resolving: Resolving): Study {
  const starts = new Map<string, Start>()
  for (const name of Object.keys(entry.starts)) {
    const start = resolveStart(name, entry, resolving)
    if (start !== undefined) starts.set(name, start)
  }
  const tasks = new Map(
    Object.entries(entry.tasks).map(([name, task]) => [
      name,
      resolveSplits(resolveTask(name, task, { defaults: entry.defaults, starts }, resolving), entry, resolving),
    ]),
  )
  const mixtures = new Map(
    Object.entries(entry.mixtures ?? {}).map(([name, mixture]) => [
      name,
      resolveMixture(name, mixture, entry, tasks, resolving),
    ]),
  )
  for (const name of mixtures.keys()) {
    if (tasks.has(name)) resolving.report(['mixtures', name], `"${name}" is a task already: rename one of them`, 'key')
  }
  refuseTwoLengths(entry.defaults?.teach, ['defaults', 'teach'], resolving)
  const chains = resolveChains({ study: entry, starts, tasks, mixtures }, resolving)
  checkSplitSeeds(chains, { tasks, mixtures }, resolving)
  const report = resolveReport(entry, tasks, chains, resolving)
  return {
    name: entry.study,
    file,
    starts,
    tasks,
    mixtures,
    chains,
    everywhere: entry.evaluate?.everywhere ?? fileDefaults.evaluate.everywhere,
    prefixTest: entry.evaluate?.prefix_test ?? fileDefaults.evaluate.prefix_test,
    accept: new Set(entry.accept),
    weights: entry.weights ?? fileDefaults.weights,
    report,
    cluster: resolveCluster(entry.cluster),
    tables: resolveTables(entry, { tasks, chains, printed: report.names }, resolving),
    figures: resolveFigures(entry, { tasks, mixtures, chains, printed: report.names }, resolving),
  }
}

function resolveStart(name: string, { starts }: StudyFile, resolving: Resolving): Start | undefined {
  const entry = starts[name]!
  const at: YamlPath = ['starts', name]
  if ('hub' in entry) return { kind: 'hub', name, hub: entry.hub, revision: entry.revision ?? fileDefaults.revision }
  if ('path' in entry) return { kind: 'folder', name, folder: resolvePath(entry.path, [...at, 'path'], resolving) }
  if ('chain' in entry) return undefined
  const { scratch } = entry
  refuseNoNumbers(scratch, [...at, 'scratch'], resolving)
  return {
    kind: 'scratch',
    name,
    config:
      typeof scratch === 'string' ? { file: resolvePath(scratch, [...at, 'scratch'], resolving) } : { fields: scratch },
    tokenizer: resolvePath(entry.tokenizer, [...at, 'tokenizer'], resolving),
    seed: entry.seed,
  }
}

/** YAML has numbers that a config.json cannot hold. */
function refuseNoNumbers(value: unknown, at: YamlPath, resolving: Resolving): void {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    resolving.report(at, `Wrong value of "${at.join('.')}": found ${show(value)}`)
  }
  if (value === null || typeof value !== 'object') return
  for (const [key, inner] of Object.entries(value)) refuseNoNumbers(inner, [...at, key], resolving)
}

function resolveMixture(
  name: string,
  entry: MixtureEntry,
  study: StudyFile,
  tasks: ReadonlyMap<string, StudyTask>,
  { report }: Resolving,
): StudyMixture {
  const at: YamlPath = ['mixtures', name]
  const parts: StudyTask[] = []
  for (const part of Object.keys(entry.of)) {
    const task = tasks.get(part)
    if (task === undefined)
      report([...at, 'of', part], `Unknown task "${part}"${didYouMean(part, tasks.keys())}`, 'key')
    else if (task.texts.kind === 'spans') {
      report([...at, 'of', part], `Cannot mix "${part}" in as it is span corruption, which has no pairs`, 'key')
    } else parts.push(task)
  }
  if (Object.keys(entry.of).length === 0)
    report([...at, 'of'], `The mixture "${name}" has no task: name at least one`, 'key')
  refuseTwoLengths(entry.teach, [...at, 'teach'], { report })
  const longest =
    parts.length === 0
      ? mergeLimits(defaultLimits, study.defaults?.limits)
      : {
          source: Math.max(...parts.map(({ limits }) => limits.source)),
          target: Math.max(...parts.map(({ limits }) => limits.target)),
        }
  return {
    name,
    parts: new Map(Object.entries(entry.of)),
    by: entry.by ?? fileDefaults.mixture.by,
    repeat: entry.repeat ?? fileDefaults.mixture.repeat,
    seed: entry.seed ?? fileDefaults.mixture.seed,
    limits: mergeLimits(longest, entry.limits),
  }
}

function resolveTables(
  { tables = [] }: StudyFile,
  { tasks, chains, printed }: Pick<FigureParts, 'tasks' | 'chains' | 'printed'>,
  { report }: Resolving,
): TableRequest[] {
  const labels = chains.map(({ label }) => label)
  const checkChain = (label: string, task: string, at: YamlPath, where: 'key' | 'value' = 'value'): void => {
    const found = chains.filter((chain) => chain.label === label)
    if (found.length === 0) report(at, `Unknown chain "${label}"${didYouMean(label, labels)}`, where)
    else if (tasks.has(task) && !found.some(({ evaluate }) => evaluate.includes(task))) {
      report(at, `The chain "${label}" is not tested on "${task}"`, where)
    }
  }
  return tables.map((table, index): TableRequest => {
    const at: YamlPath = ['tables', index]
    const task = tasks.get(table.task)
    if (task === undefined) {
      report([...at, 'task'], `Unknown task "${table.task}"${didYouMean(table.task, tasks.keys())}`)
    } else checkTableScores(table, task, at, { report })
    for (const [row, label] of (table.rows ?? []).entries()) checkChain(label, table.task, [...at, 'rows', row])
    if (table.baseline !== undefined) checkChain(table.baseline, table.task, [...at, 'baseline'])
    for (const label of Object.keys(table.paper ?? {})) checkChain(label, table.task, [...at, 'paper', label], 'key')
    return {
      task: table.task,
      title: table.title ?? printed.get(table.task) ?? table.task,
      scores: table.scores,
      rows: table.rows,
      baseline: table.baseline,
      paper: new Map(
        Object.entries(table.paper ?? {}).map(([label, scores]) => [label, new Map(Object.entries(scores))]),
      ),
    }
  })
}

/** Scores that a table shows, and those that it sets beside them. */
function checkTableScores(
  { scores = [], paper = {} }: NonNullable<StudyFile['tables']>[number],
  task: StudyTask,
  at: YamlPath,
  resolving: Pick<Resolving, 'report'>,
): void {
  const known = scoreNames(task).all
  for (const [index, score] of scores.entries()) checkScore(score, task, known, [...at, 'scores', index], resolving)
  for (const [label, told] of Object.entries(paper)) {
    for (const score of Object.keys(told))
      checkScore(score, task, known, [...at, 'paper', label, score], resolving, 'key')
  }
}

function inOrder(faults: readonly StudyFault[]): StudyFault[] {
  const seen = new Set<string>()
  return faults
    .toSorted((a, b) => a.line - b.line || a.column - b.column)
    .filter(({ line, column, message }) => {
      const id = `${line}:${column} ${message}`
      return !seen.has(id) && seen.add(id)
    })
}
