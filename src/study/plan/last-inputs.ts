import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { saveAtExit } from '../../content/save-at-exit.ts'
import { readSealedJson, writeSealedJson } from '../../content/sealed-json.ts'
import type { GenerationEntry } from '../../lesson/generation.ts'
import { asJson, type Json } from '../keys.ts'
import { type FileSource, type Start, type Study, sourcesOf } from '../study.ts'
import { type Inputs, usedParts, withTokenizers } from './inputs.ts'

/**
 * What a study's inputs held when they were last read, so that what it has come to can be looked at where they are no more, or on
 * another machine. Each is known by how the study writes it, not by where it was.
 */
interface LastInputs {
  readonly sources: Readonly<Record<string, Json>>
  readonly models: Readonly<Record<string, Record<string, string>>>
  readonly scratches: Readonly<Record<string, { config: Record<string, unknown>; tokenizerIdentity: Json }>>
  readonly generations: Readonly<Record<string, GenerationEntry>>
}

/**
 * Remembers what a study's inputs hold, from the end of this process on; a store that cannot be written has no memory.
 *
 * @param file the store's, for all of its studies
 */
export function keepInputs(file: string, study: Study, inputs: Inputs): void {
  const { tasks, starts } = usedParts(study)
  const models = starts.flatMap((start) => (start.kind === 'scratch' ? [] : [start]))
  const scratches = starts.flatMap((start) => (start.kind === 'scratch' ? [start] : []))
  const read: LastInputs = {
    sources: record(tasks.flatMap(sourcesOf), sourceName, (source) => inputs.files(source)),
    models: record(models, startName, (start) => inputs.model(start).identity as Record<string, string>),
    scratches: record(scratches, startName, (start) => {
      const { config, tokenizerIdentity } = inputs.scratch(start)
      return { config: { ...config }, tokenizerIdentity }
    }),
    generations: record(
      tasks.filter(({ generateFrom }) => generateFrom !== undefined),
      ({ name }) => name,
      (task) => inputs.generation(task),
    ),
  }
  const keep = (): void => {
    const all = readSealedJson(file) ?? {}
    if (JSON.stringify(own(all, study.name)) === JSON.stringify(read)) return
    try {
      writeSealedJson(file, { ...all, [study.name]: read })
    } catch {
      // They are read again as long as they are there.
    }
  }
  // A run makes the store that it is kept in.
  saveAtExit({
    get hasPlace() {
      return existsSync(dirname(file))
    },
    save: keep,
  })
}

/** What the inputs of a study held when they were last read; `undefined` where one of them was never read as it is written now. */
export function lastInputs(file: string, study: Study): Inputs | undefined {
  const read = own(readSealedJson(file) ?? {}, study.name) as LastInputs | undefined
  const { tasks, starts } = usedParts(study)
  const isKnown =
    read !== undefined &&
    tasks.flatMap(sourcesOf).every((source) => own(read.sources, sourceName(source)) !== undefined) &&
    starts.every(
      (start) => own<unknown>(start.kind === 'scratch' ? read.scratches : read.models, startName(start)) !== undefined,
    ) &&
    tasks.every(({ name, generateFrom }) => generateFrom === undefined || own(read.generations, name) !== undefined)
  if (!isKnown) return undefined
  return withTokenizers({
    files: (source) => read.sources[sourceName(source)]!,
    model: (start) => ({
      folder: start.kind === 'hub' ? start.hub : start.folder.path,
      identity: read.models[startName(start)]!,
    }),
    scratch: (start) => ({ ...read.scratches[startName(start)]!, tokenizer: start.tokenizer.path }),
    generation: ({ name }) => read.generations[name] ?? {},
  })
}

/** Whether something that a study names on this machine is not there, or may have to be fetched. */
export function lacksInputs(study: Study): boolean {
  const { tasks, starts } = usedParts(study)
  const sources = tasks.flatMap(sourcesOf)
  if (starts.some(({ kind }) => kind === 'hub') || sources.some(({ table }) => table.hub !== undefined)) return true
  return [...sources.flatMap(({ paths }) => paths), ...starts.flatMap(pathsOf)].some(({ path }) => !existsSync(path))
}

function pathsOf(start: Start): readonly { readonly path: string }[] {
  if (start.kind === 'hub') return []
  if (start.kind === 'folder') return [start.folder]
  return 'file' in start.config ? [start.tokenizer, start.config.file] : [start.tokenizer]
}

/** A table as the study writes it: without where its files are. */
function sourceName({ paths, table }: FileSource): string {
  const text = JSON.stringify(asJson(table))
  return paths.reduce((name, { path, written }) => name.replaceAll(inText(path), inText(written)), text)
}

/** A string as it stands within JSON. */
function inText(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function startName(start: Start): string {
  switch (start.kind) {
    case 'hub':
      return `${start.hub}@${start.revision}`
    case 'folder':
      return start.folder.written
    case 'scratch': {
      const { config, tokenizer } = start
      return JSON.stringify(['file' in config ? config.file.written : asJson(config.fields), tokenizer.written])
    }
  }
}

function own<V>(all: Readonly<Record<string, V>>, name: string): V | undefined {
  return Object.hasOwn(all, name) ? all[name] : undefined
}

function record<T, V>(all: readonly T[], name: (one: T) => string, value: (one: T) => V): Record<string, V> {
  return Object.fromEntries(all.map((one) => [name(one), value(one)]))
}
