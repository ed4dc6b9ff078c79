import { GuardedPattern } from '../../base/bounds/guarded-pattern.ts'
import { isObject } from '../../base/bounds/is-object.ts'
import { Fault } from '../../base/fault.ts'
import { didYouMean } from '../../base/nearest.ts'
import type { NoticeListener } from '../../base/notice.ts'
import type { CardHeader } from './dataset-card.ts'
import { tableEndings } from './table-format.ts'

/** Configuration → split → files. A data set without named configurations has one that is called `default`. */
export type DataFiles = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>

/** Endings of files that hold rows, the ones that are preferred when a folder has several kinds first. */
const dataEndings = [...tableEndings, '.zip']

/** Files beside the data that are no data: hidden ones, texts about it, and what programs keep of a folder. */
const otherFiles = [
  /(^|\/)(\.|__)/,
  /(^|\/)(readme|license|licence|requirements)\b[^/]*\.txt(\.gz)?$/i,
  /(^|\/)(dataset_infos?|dataset_dict|state|config)\.json(\.gz)?$/i,
  /(^|\/)metadata(\.[a-z]+)+$/i,
]

const splitWords: Readonly<Record<string, readonly string[]>> = {
  train: ['train', 'training'],
  validation: ['validation', 'valid', 'dev', 'val'],
  test: ['test', 'testing', 'eval', 'evaluation'],
}

/**
 * Sorts the files of a data set's folder into configurations and splits as Hugging Face `datasets` does: by the
 * `configs` in the README's header, else by names such as `data/train-00000-of-00002.parquet`, `test.csv` or
 * `validation/part1.jsonl`; files that name no split are `train`.
 *
 * @param paths all files, relative to the folder, with `/`
 * @param header of README.md, if there is one
 */
export function sortDataFiles(paths: readonly string[], header: CardHeader | undefined): DataFiles {
  const candidates = dataPaths(paths)
  const described = describedConfigs(header)
  const configs = new Map<string, Map<string, readonly string[]>>()
  for (const config of described) {
    const inFolder =
      config.folder === '' ? candidates : candidates.filter((path) => path.startsWith(`${config.folder}/`))
    const splits =
      config.patterns === undefined
        ? splitsOf(inFolder)
        : new Map(
            [...config.patterns].map(([split, patterns]) => [split, matchingFiles(patterns, config.folder, paths)]),
          )
    configs.set(config.name, splits)
  }
  if (configs.size === 0) configs.set('default', splitsOf(candidates))
  return configs
}

/**
 * Tables of a folder that are in no split: the same split is there in a better format, or others name splits and these do not.
 *
 * @param paths as for {@link sortDataFiles}; what a README leaves out it leaves out on purpose
 */
function passedOver(paths: readonly string[], header: CardHeader | undefined, files: DataFiles): string[] {
  if (describedConfigs(header).length > 0) return []
  const taken = new Set([...files.values()].flatMap((splits) => [...splits.values()].flat()))
  // A text beside tables tells of them as a rule.
  return dataPaths(paths).filter((path) => !taken.has(path) && endingOf(path) !== '.txt')
}

/** Tells of a folder's tables that no split is read from. */
export function tellPassedOver(
  name: string,
  paths: readonly string[],
  header: CardHeader | undefined,
  { files, onNotice }: { readonly files: DataFiles; readonly onNotice: NoticeListener },
): void {
  const left = passedOver(paths, header, files)
  if (left.length === 0) return
  const shown = [...left.slice(0, 3), ...(left.length > 3 ? ['…'] : [])].join(', ')
  onNotice(`Passed over ${shown} in "${name}" as its rows are read from other files: name files to choose`)
}

/**
 * Picks the files of one configuration and split.
 *
 * @returns split → files: the split asked for, or all of them
 * @throws {Fault} naming what there is when a name is wrong, or a configuration must be chosen
 */
export function pickDataFiles(
  files: DataFiles,
  name: string,
  { config, split }: { config?: string | undefined; split?: string | undefined },
): ReadonlyMap<string, readonly string[]> {
  const names = [...files.keys()]
  const chosen = chosenConfig(files, config)
  if (chosen === undefined) {
    throw new Fault(`Cannot choose between the configurations ${quoted(names)} of "${name}": set config`)
  }
  const splits = files.get(chosen)
  if (splits === undefined) {
    throw new Fault(
      `Cannot find configuration "${chosen}" of "${name}"${didYouMean(chosen, names) || `: it has ${quoted(names)}`}`,
    )
  }
  const filled = new Map([...splits].filter(([, paths]) => paths.length > 0))
  if (filled.size === 0) throw new Fault(`Cannot find files with rows in "${name}": is it a data set?`)
  if (split === undefined) return filled
  const own = filled.get(split)
  if (own === undefined) {
    const hint = didYouMean(split, filled.keys()) || `: it has ${quoted([...filled.keys()])}`
    throw new Fault(`Cannot find split "${split}" of "${name}"${hint}`)
  }
  return new Map([[split, own]])
}

/** The configuration asked for, else the default or only one; `undefined` when it must be named. */
export function chosenConfig(files: DataFiles, config: string | undefined): string | undefined {
  if (config !== undefined || files.has('default')) return config ?? 'default'
  return files.size === 1 ? [...files.keys()][0] : undefined
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ')
}

function endingOf(path: string): string | undefined {
  const plain = path.toLowerCase().replace(/\.gz$/, '')
  return dataEndings.find((ending) => plain.endsWith(ending))
}

function dataPaths(paths: readonly string[]): string[] {
  return paths.filter((path) => !otherFiles.some((other) => other.test(path)) && endingOf(path) !== undefined).sort()
}

/**
 * Each split from files of the best kind that has it, as a data set may hold the same rows in two. Where no file names a split,
 * the kind that most files are of, as Hugging Face takes it: one of another kind among them is of another use.
 */
function splitsOf(paths: readonly string[]): Map<string, readonly string[]> {
  const splits: [string, string][] = []
  // Texts beside tables tell of them as a rule, however many there are.
  const tables = dataEndings.filter((ending) => ending !== '.txt')
  const ownOf = (ending: string): string[] => paths.filter((path) => endingOf(path) === ending)
  const kinds = tables.map(ownOf)
  if (kinds.every((own) => namedSplits(own) === undefined)) kinds.sort((a, b) => b.length - a.length)
  kinds.push(ownOf('.txt'))
  for (const own of kinds) {
    const known = new Set(splits.map(([split]) => split))
    const named = namedSplits(own) ?? (known.size === 0 ? own.map((path) => ['train', path] as const) : [])
    for (const [split, path] of named) if (!known.has(split)) splits.push([split, path])
  }
  return grouped(splits)
}

/** Split and path of the files that name a split; `undefined` when none does. */
function namedSplits(paths: readonly string[]): (readonly [string, string])[] | undefined {
  // data/<split>-00000-of-00002.parquet may name any split.
  const sharded = paths.map((path) => ({ path, split: /(?:^|\/)([\w.]+)-\d{5}-of-\d{5}(?:[-.]|$)/.exec(path)?.[1] }))
  if (sharded.length > 0 && sharded.every(({ split }) => split !== undefined)) {
    return sharded.map(({ path, split }) => [split!, path])
  }
  for (const part of [folderOf, fileOf]) {
    const named = paths.map((path) => [splitOf(part(path)), path] as const)
    const found = named.filter(([split]) => split !== undefined) as [string, string][]
    if (found.length > 0) return found
  }
  return undefined
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}

function fileOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function splitOf(text: string): string | undefined {
  const words = text.toLowerCase().split(/[-._ /]|(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])/)
  return Object.keys(splitWords).find((split) => splitWords[split]!.some((word) => words.includes(word)))
}

function grouped(entries: readonly (readonly [string, string])[]): Map<string, readonly string[]> {
  const groups = new Map<string, string[]>()
  for (const split of Object.keys(splitWords)) {
    if (entries.some(([name]) => name === split)) groups.set(split, [])
  }
  for (const [split, path] of entries) {
    const group = groups.get(split)
    if (group === undefined) groups.set(split, [path])
    else group.push(path)
  }
  return groups
}

interface DescribedConfig {
  readonly name: string
  /** Folder in which the files are looked for; empty for the root. */
  readonly folder: string
  /** Split → patterns of files; absent when they are told by name. */
  readonly patterns: ReadonlyMap<string, readonly string[]> | undefined
}

function describedConfigs(header: CardHeader | undefined): DescribedConfig[] {
  const configs = Array.isArray(header?.configs) ? header.configs.filter(isObject) : []
  return configs.map((config) => ({
    name: typeof config.config_name === 'string' ? config.config_name : 'default',
    folder: typeof config.data_dir === 'string' ? config.data_dir.replace(/^\.?\/|\/$/g, '') : '',
    patterns: patternsOf(config.data_files),
  }))
}

function patternsOf(dataFiles: unknown): ReadonlyMap<string, readonly string[]> | undefined {
  if (dataFiles === undefined || dataFiles === null) return undefined
  if (typeof dataFiles === 'string') return new Map([['train', [dataFiles]]])
  if (isObject(dataFiles)) return new Map(Object.entries(dataFiles).map(([split, paths]) => [split, texts(paths)]))
  if (!Array.isArray(dataFiles)) return undefined
  if (dataFiles.every((item) => typeof item === 'string')) return new Map([['train', dataFiles]])
  const patterns = new Map<string, readonly string[]>()
  for (const item of dataFiles.filter(isObject)) {
    const split = typeof item.split === 'string' ? item.split : 'train'
    patterns.set(split, [...(patterns.get(split) ?? []), ...texts(item.path)])
  }
  return patterns
}

function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((item): item is string => typeof item === 'string')
}

function matchingFiles(patterns: readonly string[], folder: string, paths: readonly string[]): string[] {
  const matches = patterns.map(
    (pattern) =>
      new GuardedPattern(
        globPattern(folder === '' ? pattern : `${folder}/${pattern}`),
        (reason) => new Fault(`Cannot find the files of "${pattern}" as ${reason}`),
      ),
  )
  return [...paths].sort().filter((path) => matches.some((match) => match.run(path, (regex) => regex.test(path))))
}

/** A pattern with `*`, `**`, `?`, `[…]` and `{a,b}` as a regular expression for a whole path. */
export function globPattern(pattern: string): RegExp {
  const source = pattern
    .replace(/^\.\//, '')
    .replace(/\*\*\/|\*\*|\*|\?|\[[^\]]*\]|\{[^}]*\}|[^*?[{]+|[[{]/g, (token) => {
      if (token === '**/') return '(?:.*/)?'
      if (token === '**') return '.*'
      if (token === '*') return '[^/]*'
      if (token === '?') return '[^/]'
      if (token.startsWith('[') && token.length > 1) return token.replace(/^\[!/, '[^').replaceAll('\\', '\\\\')
      if (token.startsWith('{') && token.length > 1) {
        return `(?:${token.slice(1, -1).split(',').map(escapePattern).join('|')})`
      }
      return escapePattern(token)
    })
  try {
    return new RegExp(`^${source}$`)
  } catch {
    // Such as `[z-a]`, which stands for nothing.
    return new RegExp(`^${escapePattern(pattern)}$`)
  }
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
