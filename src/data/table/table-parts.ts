import { existsSync, statSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { readSmallFile } from '../../base/bounds/small-file.ts'
import { Fault } from '../../base/fault.ts'
import type { NoticeListener } from '../../base/notice.ts'
import { readFault } from '../../base/read-fault.ts'
import type { HubOptions } from '../../hub/snapshot.ts'
import { isAltFolder } from '../formats/alt-corpus.ts'
import { labelNames } from '../formats/label-names.ts'
import { parallelFiles } from '../formats/parallel-text.ts'
import { chosenConfig, type DataFiles, pickDataFiles, sortDataFiles, tellPassedOver } from './data-files.ts'
import { type CardHeader, cardFeatures, cardHeader, infosFeatures } from './dataset-card.ts'
import { hubDataFiles } from './hub-table.ts'
import { savedDataset, savedFeatures } from './saved-dataset.ts'
import type { TableFormat } from './table-format.ts'

/** The part of a table's source that says where it is. */
export interface TablePlace {
  /** A file, or a folder: one of `save_to_disk`, of the ALT corpus, or of data files named by their splits. */
  readonly file?: string
  /** Files of one table, read one after the other; or column → text file, which are joined line by line. */
  readonly files?: readonly string[] | Readonly<Record<string, string>>
  /** A data set on the hub, `owner/name`, instead of a file. */
  readonly hub?: string
  /** Branch, tag or commit of the data set on the hub. @default "main" */
  readonly revision?: string
  /** The split to take from a folder or data set; default: all, one after the other. */
  readonly split?: string
  /** The configuration to take from a folder or data set whose README describes several. */
  readonly config?: string
  /** Default: told by name and content. */
  readonly format?: TableFormat
}

/** What a table is read from, in order. */
export type TablePart =
  | {
      readonly kind: 'file'
      readonly path: string
      /** Column → feature, where files beside it say that a column holds classes by number. */
      readonly features?: unknown
    }
  /** A folder in the layout of the ALT corpus. */
  | { readonly kind: 'alt'; readonly folder: string }
  /** Column → text file. */
  | { readonly kind: 'joined'; readonly files: Readonly<Record<string, string>> }

/**
 * Finds out what a table is read from: folders are looked into, and data sets on the hub fetched.
 *
 * @throws {Fault} when something is not there, or a configuration or split must be named
 */
export async function tableParts(
  source: TablePlace,
  onNotice: NoticeListener,
  hubOptions: HubOptions = {},
): Promise<TablePart[]> {
  const { file, files, hub, revision } = source
  if (hub !== undefined) {
    const { config, split } = source
    const picked = await hubDataFiles({ name: hub, revision, config, split }, { onNotice, ...hubOptions })
    return splitParts(picked.splits, hub, picked.features, onNotice)
  }
  if (revision !== undefined) {
    throw new Fault(`Cannot use revision "${revision}" without a data set of the hub: leave revision out`)
  }
  if (file !== undefined) return await pathParts(file, source, onNotice)
  if (Array.isArray(files)) {
    const parts: TablePart[] = []
    for (const path of files as readonly string[]) {
      for (const part of await pathParts(path, source, onNotice)) {
        // Each file of the ALT corpus leads to its whole folder.
        const isKnown = parts.some(
          (known) => known.kind === 'alt' && part.kind === 'alt' && known.folder === part.folder,
        )
        if (!isKnown) parts.push(part)
      }
    }
    return parts
  }
  if (files !== undefined) {
    const joined = files as Readonly<Record<string, string>>
    refuseShare(Object.values(joined)[0] ?? '', source)
    return [{ kind: 'joined', files: joined }]
  }
  throw new Fault('Cannot read a table without a file: name one')
}

/** Every file that a part is read from. */
export async function filesOfPart(part: TablePart): Promise<string[]> {
  if (part.kind === 'file') return [part.path]
  if (part.kind === 'joined') return Object.values(part.files)
  const names = (await readdir(part.folder)).sort()
  return names.filter((name) => /^(data_|URL-).*\.txt$/.test(name)).map((name) => join(part.folder, name))
}

async function pathParts(path: string, source: TablePlace, onNotice: NoticeListener): Promise<TablePart[]> {
  if (await isFolder(path)) return await folderParts(path, source, onNotice)
  if (source.format === 'alt') return [altPart(dirname(path), source)]
  const isAlt = source.format === undefined && /(^|[/\\])data_[a-z]{2,3}\.txt$/.test(path)
  if (isAlt && (await isAltFolder(dirname(path)))) return [altPart(dirname(path), source)]
  refuseShare(path, source)
  if (source.format === undefined) {
    const joined = await parallelFiles(path)
    if (joined !== undefined) {
      onNotice(`Joined ${Object.values(joined).join(' and ')} line by line: set format: text to read one alone`)
      return [{ kind: 'joined', files: joined }]
    }
  }
  return [filePart(path, await savedFeatures(path))]
}

/** The corpus is divided into splits, in one configuration. */
function altPart(folder: string, { config }: TablePlace): TablePart {
  refuseShare(folder, { config }, 'as the ALT corpus has none')
  return { kind: 'alt', folder }
}

/** A share of what is not divided would be all of it. */
function refuseShare(
  path: string,
  { split, config }: { readonly split?: string | undefined; readonly config?: string | undefined },
  why = 'as a single file has none',
): void {
  const [what, where] =
    split !== undefined ? [`split "${split}"`, 'split (in a study: part)'] : [`configuration "${config}"`, 'config']
  if (split === undefined && config === undefined) return
  throw new Fault(`Cannot take the ${what} of "${path}" ${why}: leave ${where} out`)
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    throw readFault(path, error)
  }
}

async function folderParts(folder: string, source: TablePlace, onNotice: NoticeListener): Promise<TablePart[]> {
  if (source.format === 'alt' || (source.format === undefined && (await isAltFolder(folder)))) {
    return [altPart(folder, source)]
  }
  const saved = await savedDataset(folder)
  if (saved !== undefined) {
    const picked = pickDataFiles(new Map([['default', saved]]), folder, source)
    const [first] = [...picked.values()].flat()
    return splitParts(picked, folder, await savedFeatures(first!), onNotice)
  }
  const header = cardHeader(textIn(folder, 'README.md'), folder)
  const files = await sortFolder(folder, header, onNotice)
  const picked = pickDataFiles(files, folder, source)
  const config = chosenConfig(files, source.config)!
  const features = cardFeatures(header, config) ?? infosFeatures(textIn(folder, 'dataset_infos.json'), config, folder)
  return splitParts(picked, folder, features, onNotice)
}

/** What a folder says of itself in one of its files, if it is there. */
function textIn(folder: string, name: string): string | undefined {
  const path = join(folder, name)
  return existsSync(path) && statSync(path).isFile() ? readSmallFile(path).toString('utf8') : undefined
}

function splitParts(
  picked: ReadonlyMap<string, readonly string[]>,
  name: string,
  features: unknown,
  onNotice: NoticeListener,
): TablePart[] {
  if (picked.size > 1) {
    const splits = [...picked.keys()].join(', ')
    onNotice(`Read the splits ${splits} of "${name}" one after the other: set split (in a study: part) to take one`)
  }
  return [...picked.values()].flat().map((path) => filePart(path, features))
}

/** Features without names change nothing, and are left out. */
function filePart(path: string, features: unknown): TablePart {
  return labelNames(features) === undefined ? { kind: 'file', path } : { kind: 'file', path, features }
}

async function sortFolder(
  folder: string,
  header: CardHeader | undefined,
  onNotice: NoticeListener,
): Promise<DataFiles> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
  const sorted = sortDataFiles(paths, header)
  tellPassedOver(folder, paths, header, { files: sorted, onNotice })
  const absolute = (files: readonly string[]): string[] => files.map((path) => join(folder, path))
  return new Map(
    [...sorted].map(([config, splits]) => [
      config,
      new Map([...splits].map(([split, files]) => [split, absolute(files)])),
    ]),
  )
}
