import { existsSync, type Stats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import { Fault, type FieldKinds, given, refuseArguments } from '../../base/fault.ts'
import { isHubName } from '../../hub/hub-name.ts'
import { type HubOptions, hubOptionKinds } from '../../hub/snapshot.ts'
import type { GenerationEntry } from '../../lesson/generation.ts'
import { folderGeneration } from '../../pretrained/folder-generation.ts'
import { refuseForeignFolder } from '../../pretrained/foreign-folder.ts'
import { configFile, isWeightFile, modelFilesIn } from '../../pretrained/model-files.ts'
import { requireTokenizer, settingsFileNames, tokenizerFileNames } from '../../pretrained/tokenizer-folder.ts'
import { FileHashes } from '../contents/file-hashes.ts'
import { missingPaths } from '../contents/missing-paths.ts'
import { sourceContent } from '../contents/source-content.ts'
import { unreadable } from '../contents/unreadable.ts'
import type { CheckedStudy } from '../file/read-study.ts'
import type { StudyFault } from '../file/study-fault.ts'
import type { Json } from '../keys.ts'
import { type FileSource, type Start, type Study, type StudyPath, type StudyTask, sourcesOf } from '../study.ts'
import { columnFaults, inTextOrder, type LookedTables } from './column-faults.ts'
import { readConfig } from './model-config.ts'
import { configFaults } from './start-faults.ts'
import { idleWithStart } from './start-settings.ts'

type ModelStart = Exclude<Start, { kind: 'scratch' }>
type ScratchStart = Extract<Start, { kind: 'scratch' }>

/** What a study's plan needs to know of the world outside: the content of its inputs. */
export interface Inputs {
  /** Content and ending of each file that rows are read from, in order. */
  files(source: FileSource): Json
  model(start: ModelStart): { readonly folder: string; readonly identity: Json }
  /** What the folder of the start that a task names says about how answers are written. */
  generation(task: StudyTask): GenerationEntry
  /** The tokenizer of a start: a file or a folder that holds one, and the content of its files. */
  tokenizer(start: Start): { readonly path: string; readonly identity: Json }
  scratch(start: ScratchStart): {
    readonly config: Readonly<Record<string, unknown>>
    readonly tokenizer: string
    readonly tokenizerIdentity: Json
  }
}

export interface InputOptions {
  /** Where the hashes of large files are remembered, by size and time of change. */
  readonly cacheFile?: string
  /** Whether hashes that are new are remembered. @default true */
  readonly writes?: boolean
  /** The local folder of a model on the hub. */
  readonly hubFolder: (
    hub: string,
    revision: string,
    parts?: 'all' | 'tokenizer',
    listeners?: HubOptions,
  ) => Promise<string>
  /** Who follows the downloads of models and data, and what they compare; an aborted signal ends the reading as well. */
  readonly listeners?: HubOptions
}

const optionKinds: FieldKinds<InputOptions> = {
  cacheFile: 'path?',
  writes: 'switch?',
  hubFolder: 'function',
  listeners: { fields: hubOptionKinds, optional: true },
}

const checkedKind = given('what readStudy() gives of a study without faults', 'study', 'faultAt')

/** Inputs that cannot be used. */
export interface FaultyInputs {
  /** One for each that is missing or wrong. */
  readonly faults: readonly StudyFault[]
  /** Tables that can be read, and starts in which nothing wrong was seen, of those on this machine. */
  readonly sound: { readonly sources: ReadonlySet<FileSource>; readonly starts: readonly Start[] }
}

/**
 * Reads the content of everything that the study's chains use; what no chain uses may be missing.
 *
 * @returns the inputs, or what is wrong with them
 */
export async function readInputs(checked: CheckedStudy, options: InputOptions): Promise<Inputs | FaultyInputs> {
  refuseArguments({ checked, options }, { checked: checkedKind, options: { fields: optionKinds } })
  const { study, faultAt } = checked
  const faults: StudyFault[] = []
  const hashes = new FileHashes(options.cacheFile, options.listeners?.signal)
  const files = new Map<FileSource, Json>()
  const models = new Map<string, Awaited<ReturnType<typeof readModel>>>()
  const scratches = new Map<string, ReturnType<Inputs['scratch']>>()
  const attempt = async (at: StudyPath['at'], work: () => Promise<void>): Promise<void> => {
    try {
      options.listeners?.signal?.throwIfAborted()
      await work()
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      faults.push(faultAt(at, error.message))
    }
  }
  const used = usedParts(study)
  const onHub = ({ table }: FileSource): boolean => table.hub !== undefined
  const looked: LookedTables = new Map()
  const inTables = async (which: (source: FileSource) => boolean): Promise<StudyFault[]> =>
    await columnFaults(checked, used.tasks, which, options.listeners, looked)
  const sources = used.tasks.flatMap(sourcesOf)
  const sound = { sources: new Set<FileSource>(), starts: [] as Start[] }
  const faulty = (): FaultyInputs => ({ faults: inTextOrder(faults), sound })
  const wrongColumns: StudyFault[] = []
  for (const source of sources) {
    const missing = await missingPaths([source])
    faults.push(...missing.map(({ at, fault }) => faultAt(at, fault.message)))
    if (missing.length > 0) continue
    if (onHub(source)) continue
    sound.sources.add(source)
    wrongColumns.push(...(await inTables((one) => one === source)))
  }
  for (const start of used.starts) {
    if (start.kind === 'hub') continue
    const faultsBefore = faults.length
    await attempt(placeOf(start), async () => void (await filesOfStart(start)))
    faults.push(...configFaults(checked, start))
    if (faults.length === faultsBefore) sound.starts.push(start)
  }
  // Before anything large is read or fetched.
  faults.push(...wrongColumns)
  if (wrongColumns.length > 0) return faulty()
  for (const source of sources) {
    if (!onHub(source) && !sound.sources.has(source)) continue
    await attempt(source.at, async () => void files.set(source, await sourceContent(source, hashes, options.listeners)))
  }
  for (const start of used.starts) {
    if (start.kind !== 'hub' && !sound.starts.includes(start)) continue
    await attempt(placeOf(start), async () => {
      if (start.kind === 'scratch') scratches.set(start.name, await readScratch(start, hashes))
      else models.set(start.name, await readModel(start, hashes, options))
    })
  }
  const generations = new Map<string, GenerationEntry>()
  for (const task of used.tasks) {
    const { generateFrom: from } = task
    if (from === undefined) continue
    await attempt(
      from.at,
      async () => void generations.set(task.name, await readGeneration(task, from, models, options)),
    )
  }
  if (options.writes !== false) hashes.save()
  if (faults.length === 0) faults.push(...(await inTables(onHub)))
  if (faults.length > 0) return faulty()
  return withTokenizers({
    files: (source) => files.get(source)!,
    model: ({ name }) => models.get(name)!,
    generation: ({ name }) => generations.get(name) ?? {},
    scratch: ({ name }) => scratches.get(name)!,
  })
}

/** Inputs whose models and tokenizers are known by their files. */
export function withTokenizers(known: Omit<Inputs, 'tokenizer'>): Inputs {
  return {
    ...known,
    tokenizer(start) {
      if (start.kind === 'scratch') return tokenizerOfScratch(known.scratch(start))
      const { folder, identity } = known.model(start)
      return { path: folder, identity: tokenizerPart(identity as Readonly<Record<string, string>>) }
    },
  }
}

/** Inputs that are not there yet, for a plan without data: names stand for content, so its keys are those of no run. */
export function assumedInputs(): Inputs {
  const written = ({ paths, table }: FileSource): Json => ({
    assumed: [...paths.map((path) => path.written), table.hub ?? ''],
  })
  return {
    files: written,
    model: assumedModel,
    generation: () => ({}),
    tokenizer: (start) => {
      if (start.kind === 'scratch') return tokenizerOfScratch(assumedScratch(start))
      const { folder, identity } = assumedModel(start)
      return { path: folder, identity }
    },
    scratch: assumedScratch,
  }
}

function assumedModel(start: ModelStart): ReturnType<Inputs['model']> {
  const name = start.kind === 'hub' ? `${start.hub}@${start.revision}` : start.folder.written
  return { folder: name, identity: { assumed: name } }
}

function assumedScratch({ config, tokenizer }: ScratchStart): ReturnType<Inputs['scratch']> {
  return {
    config: 'fields' in config ? config.fields : { assumed: config.file.written },
    tokenizer: tokenizer.path,
    tokenizerIdentity: { assumed: tokenizer.written },
  }
}

function tokenizerOfScratch({ tokenizer, tokenizerIdentity }: ReturnType<Inputs['scratch']>): {
  path: string
  identity: Json
} {
  return { path: tokenizer, identity: tokenizerIdentity }
}

/** Of a model's files, those that say how texts are cut: other weights of the same tokenizer mix the same rows. */
function tokenizerPart(identity: Readonly<Record<string, string>>): Json {
  return Object.fromEntries(Object.entries(identity).filter(([name]) => tokenizerFileNames.includes(name)))
}

/** What the chains of a study use. */
export function usedParts(study: Study): { tasks: StudyTask[]; starts: Start[] } {
  const names = study.chains.flatMap(({ lessons, evaluate }) => [...lessons.map(({ name }) => name), ...evaluate])
  const tasks = names.flatMap((name) => [...(study.mixtures.get(name)?.parts.keys() ?? [name])])
  const wanted = study.everywhere ? study.tasks.keys() : tasks
  return {
    tasks: [...new Set([...tasks, ...wanted])].map((name) => study.tasks.get(name)!),
    starts: [...new Map(study.chains.map(({ start }) => [start.name, start])).values()],
  }
}

/** Where a study names the files of a start. */
function placeOf(start: Start): StudyPath['at'] {
  if (start.kind === 'folder') return start.folder.at
  return start.kind === 'scratch' ? start.tokenizer.at : ['starts', start.name]
}

/** The files of a start on this machine, looked for and not read. */
async function filesOfStart(start: Exclude<Start, { kind: 'hub' }>): Promise<StartFiles> {
  return start.kind === 'scratch' ? await tokenizerOf(start) : await modelIn(start.folder.path, start.folder.written)
}

interface StartFiles {
  readonly folder: string
  readonly names: readonly string[]
}

async function readModel(
  start: ModelStart,
  hashes: FileHashes,
  { hubFolder, listeners }: InputOptions,
): Promise<{ folder: string; identity: Record<string, string> }> {
  const { folder, names } =
    start.kind === 'hub'
      ? await modelIn(await hubFolder(start.hub, start.revision, 'all', listeners), start.hub)
      : await modelIn(start.folder.path, start.folder.written)
  return { folder, identity: await identityOf(folder, names, hashes) }
}

async function modelIn(folder: string, written: string): Promise<StartFiles> {
  if (isHubName(written) && !existsSync(folder)) {
    throw new Fault(`Cannot find "${written}": for a model of the hub write hub: ${written}`)
  }
  const all = await listFolder(folder, written)
  refuseForeignFolder(all, written)
  if (!all.includes(configFile)) throw new Fault(`Cannot use model "${written}" as it has no ${configFile}`)
  const names = modelFilesIn(folder, all)
  if (!names.some(isWeightFile)) {
    throw new Fault(`Cannot use model "${written}" as it has no weights: model.safetensors or pytorch_model.bin`)
  }
  requireTokenizer(folder, `model "${written}"`)
  return { folder, names }
}

/** A start that no chain begins from is read for what it says alone. */
async function readGeneration(
  task: StudyTask,
  { start }: NonNullable<StudyTask['generateFrom']>,
  models: ReadonlyMap<string, { readonly folder: string }>,
  { hubFolder, listeners }: InputOptions,
): Promise<GenerationEntry> {
  const known = models.get(start.name)?.folder
  const folder =
    known ?? (start.kind === 'hub' ? await hubFolder(start.hub, start.revision, 'all', listeners) : start.folder.path)
  if (!existsSync(join(folder, configFile)))
    throw new Fault(`Cannot use model "${start.name}" as it has no ${configFile}`)
  const said = folderGeneration(folder)
  const idle = idleWithStart(task, said)
  if (idle !== undefined) throw new Fault(`Cannot answer "${task.name}" ${idle}`)
  return said
}

async function readScratch(start: ScratchStart, hashes: FileHashes): Promise<ReturnType<Inputs['scratch']>> {
  const { path, written } = start.tokenizer
  const { folder, names } = await tokenizerOf(start)
  const identity = await identityOf(folder, names, hashes)
  return {
    config: 'file' in start.config ? readConfig(start.config.file) : start.config.fields,
    tokenizer: path,
    // The files of settings beside a single tokenizer file are read with it.
    tokenizerIdentity:
      folder === path
        ? identity
        : { ...identity, [`tokenizer${extname(path).toLowerCase()}`]: await hashes.of(path, written) },
  }
}

async function tokenizerOf({ tokenizer: { path, written } }: ScratchStart): Promise<StartFiles> {
  const isFolder = (await statOf(path, written)).isDirectory()
  const folder = isFolder ? path : dirname(path)
  const names = (await listFolder(folder, written)).filter((name) =>
    (isFolder ? tokenizerFileNames : settingsFileNames).includes(name),
  )
  if (isFolder) requireTokenizer(folder, `"${written}"`)
  return { folder, names }
}

async function identityOf(
  folder: string,
  names: readonly string[],
  hashes: FileHashes,
): Promise<Record<string, string>> {
  const entries: [string, string][] = []
  for (const name of names) entries.push([name, await hashes.of(join(folder, name), join(folder, name))])
  return Object.fromEntries(entries)
}

async function listFolder(folder: string, written: string): Promise<string[]> {
  try {
    return (await readdir(folder)).toSorted((a, b) => (a < b ? -1 : 1))
  } catch (error) {
    throw unreadable(folder, written, error)
  }
}

async function statOf(path: string, written: string): Promise<Stats> {
  try {
    return await stat(path)
  } catch (error) {
    throw unreadable(path, written, error)
  }
}
