import { isAbsolute, join } from 'node:path'
import { didYouMean } from '../../base/nearest.ts'
import { fromHome } from '../../base/paths.ts'
import { listOf, plural } from '../../base/plural.ts'
import { parseTemplate } from '../../data/table/column.ts'
import type { TableSource } from '../../data/table/table.ts'
import { parseWhere } from '../../data/table/where.ts'
import { type DeviceName, usualDevice } from '../../lesson/device.ts'
import { generationProblem } from '../../lesson/generation.ts'
import type { MetricKind } from '../../metrics/metric.ts'
import { metricKind, metricKinds } from '../../metrics/registry.ts'
import { type LabelSpec, labelSpecFaults } from '../../tasks/labels.ts'
import type {
  FileSource,
  MetricRequest,
  SplitRequest,
  Start,
  StudyPath,
  StudyTask,
  TaskData,
  TaskTexts,
  TemplateText,
} from '../study.ts'
import { splitNames } from '../study.ts'
import { fileDefaults } from './keys/file-defaults.ts'
import type { GenerateEntry } from './keys/generate-schema.ts'
import { defaultLimits, mergeGenerate, mergeLimits, withoutUndefined } from './merge-settings.ts'
import { type MetricEntry, studyOptions } from './metric-schema.ts'
import type { DataEntry, FileSourceEntry, LabelsEntry, StudyFile, TaskEntry } from './schema.ts'
import { refuseTwoLengths } from './two-lengths.ts'
import type { Span, YamlPath } from './yaml-places.ts'

/** Where the parts of a study are resolved: faults are collected, so that all are shown at once. */
export interface Resolving {
  report(path: YamlPath, message: string, where?: 'key' | 'value' | Span): void
  /** Folder of the study file; relative paths begin there. */
  readonly base: string
  /** Folders that paths may begin with, as in `$data/file.csv`. */
  readonly folders: ReadonlyMap<string, string>
  /** Names of folders that paths begin with, each added where it is resolved. */
  readonly namedFolders: Set<string>
  /** What the user has asked every lesson to be computed on. */
  readonly device?: DeviceName | undefined
}

/** Checks what one task says and fills in what it leaves out. */
export function resolveTask(
  name: string,
  entry: TaskEntry,
  { defaults, starts }: { defaults: StudyFile['defaults']; starts: ReadonlyMap<string, Start> },
  resolving: Resolving,
): StudyTask {
  const at: YamlPath = ['tasks', name]
  const limits = mergeLimits(defaultLimits, defaults?.limits, entry.limits)
  const texts = resolveTexts(entry, at, resolving)
  if (entry.data.split?.stratify === true && texts.kind !== 'labels') {
    const why = `Cannot divide "${name}" by its labels as it has none: name a column whose values stand for labels`
    resolving.report([...at, 'data', 'split', 'stratify'], why)
  }
  refuseTwoLengths(entry.teach, [...at, 'teach'], resolving)
  if (entry.generate?.max_length !== undefined && entry.generate.max_new_tokens !== undefined) {
    resolving.report(
      [...at, 'generate', 'max_length'],
      'Cannot use both "max_length" and "max_new_tokens": remove one of them',
      'key',
    )
  }
  const from = resolveFrom(name, [defaults?.generate, entry.generate], starts, resolving)
  if (from === undefined) refuseIdle(entry.generate, defaults?.generate, at, resolving)
  return {
    name,
    prefix: entry.prefix ?? '',
    data: resolveData(entry.data, [...at, 'data'], resolving),
    texts,
    clean: resolveCleaning(entry.clean),
    limits,
    generate: mergeGenerate(limits, [defaults?.generate, entry.generate]),
    ...(from && { generateFrom: from }),
    metrics: resolveMetrics(entry.metrics, texts, [...at, 'metrics'], resolving),
    device: entry.teach?.device ?? defaults?.teach?.device ?? usualDevice,
  }
}

/** The start whose folder says how a task's answers are written. */
function resolveFrom(
  task: string,
  layers: readonly (GenerateEntry | undefined)[],
  starts: ReadonlyMap<string, Start>,
  { report }: Resolving,
): StudyTask['generateFrom'] {
  const place = layers.findLastIndex((layer) => layer?.from !== undefined)
  if (place < 0) return undefined
  const at = place === 0 ? ['defaults', 'generate', 'from'] : ['tasks', task, 'generate', 'from']
  const name = layers[place]!.from!
  const start = starts.get(name)
  if (start !== undefined && start.kind !== 'scratch') {
    const said = layers.map((layer = {}) => {
      const { from: _, ...rest } = withoutUndefined(layer)
      return rest
    })
    return { start, layers: said, at }
  }
  const known = [...starts.values()].filter(({ kind }) => kind !== 'scratch').map((one) => one.name)
  report(
    at,
    start === undefined
      ? `Unknown start "${name}"${didYouMean(name, known)}`
      : `Cannot answer as "${name}" says, as it begins from scratch and has no folder: name a start with one`,
  )
  return undefined
}

/** What a task says itself must be of use; what all tasks are told may be for some. */
function refuseIdle(own: GenerateEntry = {}, usual: GenerateEntry = {}, at: YamlPath, { report }: Resolving): void {
  const problem = generationProblem(withoutUndefined(own), withoutUndefined({ ...usual, ...own }))
  if (problem !== undefined) report([...at, 'generate', problem.name], `Cannot answer ${problem.sentence}`, 'key')
}

function resolveTexts(entry: TaskEntry, at: YamlPath, resolving: Resolving): TaskTexts {
  const template = (key: 'source' | 'target' | 'text', fallback: string): TemplateText => {
    const written = entry[key] ?? fallback
    const parsed = written.includes('{') ? parseTemplate(written) : { literals: ['', ''], paths: [written] }
    if ('literals' in parsed) return { written, template: parsed }
    resolving.report([...at, key], parsed.problem)
    return { written, template: { literals: [''], paths: [] } }
  }
  const unused = (keys: readonly (keyof TaskEntry)[], why: string): void => {
    for (const key of keys) {
      if (entry[key] !== undefined) resolving.report([...at, key], `Cannot use "${key}" ${why}: remove it`, 'key')
    }
  }
  if (entry.spans !== undefined || entry.text !== undefined) {
    unused(['source', 'target', 'labels', 'prefix', 'metrics', 'generate'], 'in a task of span corruption')
    return {
      kind: 'spans',
      text: template('text', 'text'),
      density: entry.spans?.density ?? fileDefaults.spans.density,
      meanSpan: entry.spans?.mean_span ?? fileDefaults.spans.mean_span,
    }
  }
  const source = template('source', 'source')
  if (entry.labels === undefined) return { kind: 'text', source, target: template('target', 'target') }
  unused(['target'], 'beside "labels", which name the target')
  return { kind: 'labels', source, ...resolveLabels(entry.labels, [...at, 'labels'], resolving) }
}

function resolveLabels(
  entry: LabelsEntry,
  at: YamlPath,
  { report }: Resolving,
): Pick<Extract<TaskTexts, { kind: 'labels' }>, 'cells' | 'single' | 'labels'> {
  const { column, columns, answer } = entry
  const usual = fileDefaults.answer
  const classes = entry.classes ?? columns ?? []
  const name = at.join('.')
  if (column !== undefined && columns !== undefined) {
    report([...at, 'columns'], 'Cannot use both "column" and "columns": remove one of them', 'key')
  }
  if (column === undefined && columns === undefined) {
    report(at, `Missing key "column" in "${name}": name the column with the labels, or "columns", one for each`, 'key')
  } else if (columns === undefined && entry.classes === undefined) {
    report(at, `Missing key "classes" in "${name}": list every label`, 'key')
  }
  if (columns !== undefined && classes.length !== columns.length) {
    const found = `found ${plural(classes.length, 'label')} for ${plural(columns.length, 'column')}`
    report([...at, 'classes'], `Wrong value of "${name}.classes": ${found}, wanted one for each, in order`)
  }
  const labels: LabelSpec = {
    classes,
    separator: entry.separator ?? fileDefaults.labels.separator,
    none: asList(entry.none ?? []),
    answer: {
      separator: answer?.separator ?? usual.separator,
      none: answer?.none ?? usual.none,
      lowercase: answer?.lowercase ?? usual.lowercase,
      order: answer?.order ?? usual.order,
    },
  }
  if (classes.length > 0) for (const fault of labelSpecFaults(labels)) report(at, fault, 'key')
  return {
    cells: columns === undefined ? { column: column ?? '' } : { columns },
    single: entry.single ?? fileDefaults.labels.single,
    labels,
  }
}

function resolveData(entry: DataEntry, at: YamlPath, resolving: Resolving): TaskData {
  const { split, train, validation, test, ...own } = entry
  const parts: Record<string, FileSource> = {}
  for (const part of splitNames) {
    const source = { train, validation, test }[part]
    if (source !== undefined) parts[part] = resolveSource(source, [...at, part], resolving)
  }
  const hasRows = Object.values(own).some((value) => value !== undefined)
  if (!hasRows && train === undefined) {
    resolving.report(at, 'Missing data: name a "file", or files for "train", "validation" and "test"', 'key')
  }
  if (hasRows && train !== undefined) {
    resolving.report(
      [...at, 'train'],
      'Cannot use "train" beside "file": name the files of every part, or one to divide',
      'key',
    )
  }
  if (split !== undefined && !hasRows) {
    resolving.report(
      [...at, 'split'],
      'Cannot split files that are already "train", "validation" and "test": remove it',
      'key',
    )
  }
  for (const part of ['validation', 'test'] as const) {
    if (split?.[part] !== undefined && parts[part] !== undefined) {
      resolving.report(
        [...at, 'split', part],
        `Cannot split off "${part}" as it has a file of its own: remove one of them`,
        'key',
      )
    }
  }
  return {
    rows: hasRows ? resolveSource(own, at, resolving) : undefined,
    split: resolveSplit(split, parts, [...at, 'split'], resolving),
    parts,
  }
}

function resolveSplit(
  split: DataEntry['split'],
  parts: Readonly<Record<string, FileSource>>,
  at: YamlPath,
  resolving: Resolving,
): SplitRequest {
  // Without a word on it, a twentieth of the rows each decides which checkpoint is kept and tests it.
  const { split: usual, splitShare } = fileDefaults
  const share = (part: 'validation' | 'test') =>
    split?.[part] ?? (split !== undefined || parts[part] ? usual[part] : splitShare)
  const request: SplitRequest = {
    train: split?.train,
    validation: share('validation'),
    test: share('test'),
    seed: split?.seed ?? usual.seed,
    shuffle: split?.shuffle ?? usual.shuffle,
    group: split?.group,
    stratify: split?.stratify || undefined,
  }
  if (request.stratify !== undefined && request.group !== undefined) {
    resolving.report([...at, 'stratify'], 'Cannot use both "group" and "stratify": remove one of them', 'key')
  }
  for (const part of splitNames) {
    const size = request[part]
    if (size !== undefined && size >= 1 && !Number.isInteger(size)) {
      resolving.report([...at, part], `Wrong value of "${part}": found ${size}, wanted whole rows, or a share below 1`)
    }
  }
  const shares = splitNames.map((part) => request[part] ?? 0).filter((size) => size < 1)
  if (shares.reduce((sum, size) => sum + size, 0) > 1 + 1e-9) {
    resolving.report(at, 'Wrong split: the shares come to more than 1', 'key')
  }
  return request
}

function resolveSource(entry: FileSourceEntry, at: YamlPath, resolving: Resolving): FileSource {
  const { file, hub, revision, config, part, where, distinct, take, ...reading } = entry
  if (file === undefined && hub === undefined) resolving.report(at, `Missing key "file" in "${at.join('.')}"`, 'key')
  if (file !== undefined && hub !== undefined) {
    resolving.report([...at, 'hub'], 'Cannot use both "file" and "hub": remove one of them', 'key')
  }
  const parsed = where === undefined ? undefined : parseWhere(where)
  for (const { path, message } of parsed?.problems ?? []) {
    resolving.report([...at, 'where', ...path], message, message.startsWith('Unknown') ? 'key' : 'value')
  }
  const { paths, place } = resolvePlace(file, [...at, 'file'], resolving)
  const table = {
    ...place,
    hub,
    revision,
    config,
    split: part,
    ...reading,
    where: parsed?.problems.length === 0 ? parsed.filter : undefined,
    distinct: distinct === undefined || distinct === true ? distinct : asList(distinct),
    take,
  }
  // Checked by the schema and by parseWhere above.
  return { paths, table: withoutUndefined(table) as unknown as TableSource, at }
}

function resolvePlace(
  file: FileSourceEntry['file'],
  at: YamlPath,
  resolving: Resolving,
): { paths: StudyPath[]; place: Pick<TableSource, 'file' | 'files'> } {
  if (file === undefined) return { paths: [], place: {} }
  if (typeof file === 'string') {
    const path = resolvePath(file, at, resolving)
    return { paths: [path], place: { file: path.path } }
  }
  const named = Object.entries(file).map(([key, written]): [string, StudyPath] => [
    key,
    resolvePath(written, [...at, Array.isArray(file) ? Number(key) : key], resolving),
  ])
  const paths = named.map(([, path]) => path)
  if (Array.isArray(file)) return { paths, place: { files: paths.map(({ path }) => path) } }
  return { paths, place: { files: Object.fromEntries(named.map(([column, { path }]) => [column, path])) } }
}

/** `$data/file.csv` begins in the folder called `data`; `~/` is the home folder; other relative paths begin in the study's own. */
export function resolvePath(written: string, at: YamlPath, resolving: Resolving): StudyPath {
  const { folders, namedFolders, base, report } = resolving
  const named = /^\$([\p{L}\p{N}_.+-]+)(?:\/(.*))?$/su.exec(written)
  if (named === null) {
    const found = fromHome(written)
    return { written, path: isAbsolute(found) ? found : join(base, found), at }
  }
  const [, name, rest] = named
  namedFolders.add(name!)
  const folder = folders.get(name!)
  if (folder === undefined) {
    const hint = didYouMean(name!, folders.keys()) || `: name it under "folders", or give --folder ${name}=DIR`
    report(at, `Unknown folder "${name}"${hint}`, { start: 1, length: name!.length })
  }
  return { written, path: join(folder ?? '', rest ?? ''), at }
}

function resolveCleaning(entry: TaskEntry['clean']): StudyTask['clean'] {
  if (entry === undefined) return { source: [], target: [] }
  if (Array.isArray(entry)) return { source: entry, target: entry }
  return { source: entry.source ?? [], target: entry.target ?? [] }
}

function resolveMetrics(
  entries: readonly MetricEntry[] | undefined,
  texts: TaskTexts,
  at: YamlPath,
  resolving: Resolving,
): MetricRequest[] {
  if (texts.kind === 'spans') return []
  const answers = texts.kind === 'labels' ? 'label sets' : 'texts'
  const fitting = metricKinds.filter((kind) => kind.answers === answers)
  const defaults = fitting.filter((kind: MetricKind) => kind.byDefault).map(({ name }) => name)
  const requests: MetricRequest[] = []
  for (const [index, entry] of (entries ?? defaults).entries()) {
    const { metric, name, ...given } = typeof entry === 'string' ? { metric: entry, name: undefined } : entry
    const kind = metricKind(metric)
    const options: Record<string, unknown> = {}
    const known = studyOptions(kind)
    for (const [key, value] of Object.entries(given)) {
      if (value === undefined) continue
      const option = known.get(key)
      if (option !== undefined) options[option.name] = value
      else
        resolving.report(
          [...at, index, key],
          `Unknown option "${key}" of the metric "${metric}"${didYouMean(key, known.keys())}`,
          'key',
        )
    }
    if (kind.answers !== answers) {
      const fit = answers === 'texts' ? 'labels, and this task has none' : 'texts, and this task has labels'
      const names = fitting.map(({ name }) => `"${name}"`)
      resolving.report(
        [...at, index],
        `Cannot use the metric "${metric}" as it compares ${fit}: use ${listOf(names, 'or')}`,
      )
      continue
    }
    const unique = name ?? uniqueName(metric, options, requests)
    if (requests.some((request) => request.name === unique)) {
      resolving.report([...at, index], `The metric "${unique}" is asked for twice: give one of them a "name"`)
      continue
    }
    requests.push({ name: unique, metric, options })
  }
  return requests
}

/** The metric's own name, or `bleu-13a` where that is taken. */
function uniqueName(
  metric: string,
  options: Readonly<Record<string, unknown>>,
  taken: readonly MetricRequest[],
): string {
  if (!taken.some(({ name }) => name === metric)) return metric
  const parts = Object.entries(options).map(([key, value]) =>
    typeof value === 'string' ? value : `${key}${value === true ? '' : value}`,
  )
  return [metric, ...parts].join('-')
}

function asList<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T]
}
