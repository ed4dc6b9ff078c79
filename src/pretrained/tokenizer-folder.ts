import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { readSmallFile } from '../base/bounds/small-file.ts'
import { Fault, refuseArguments } from '../base/fault.ts'
import { refuseLfsPointer } from '../base/lfs-pointer.ts'
import { systemFault } from '../base/system-fault.ts'
import { type SettingsFile, type SettingsFiles, tokenizerClass } from '../tokenizer/settings.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { unsupportedTokenizer } from '../tokenizer/unsupported.ts'
import { type TokenizerKind, tokenizerKinds } from './tokenizer-kinds.ts'

const settingsFiles = {
  tokenizerConfig: 'tokenizer_config.json',
  specialTokensMap: 'special_tokens_map.json',
  addedTokens: 'added_tokens.json',
} as const

/** The files beside a tokenizer's own that say more of it. */
export const settingsFileNames: readonly string[] = Object.values(settingsFiles)

/** Every file that belongs to a tokenizer of a kind that is supported. */
export const tokenizerFileNames: readonly string[] = [
  ...new Set([...tokenizerKinds.map(({ file }) => file), ...settingsFileNames]),
]

/**
 * Reads the tokenizer of a model folder: tokenizer.json, else spiece.model, with the settings files beside it, else what
 * tokenizer_config.json says it is.
 *
 * @param folder a model folder, or the path of a single tokenizer.json or SentencePiece model
 * @throws {Fault} when there is no such file or it is cut, broken or of a kind that is not supported
 */
export function loadTokenizer(folder: string): Tokenizer {
  refuseArguments({ folder }, { folder: 'path' })
  const { kind, bytes, settings, file } = tokenizerSources(folder)
  return kind.open(bytes, settings, file)
}

/** What a tokenizer is made of. */
export interface TokenizerSources {
  readonly kind: TokenizerKind
  /** The path of its own file. */
  readonly file: string
  readonly bytes: Uint8Array
  readonly settings: SettingsFiles
}

/** Reads the files of a tokenizer. @throws {Fault} as {@link loadTokenizer} */
export function tokenizerSources(folder: string): TokenizerSources {
  const { kind, file } = kindOf(folder)
  return { kind, file, bytes: readFile(file), settings: readSettings(dirname(file)) }
}

/** Paths of the files of a model folder that belong to its tokenizer: what must be copied beside a saved model. */
export function tokenizerFiles(folder: string): string[] {
  const { file } = kindOf(folder)
  const paths = isFolder(folder) ? tokenizerFileNames.map((name) => join(folder, name)).filter(exists) : [file]
  return paths.includes(file) ? paths : [file, ...paths]
}

/**
 * Checks that a folder holds a tokenizer, without opening it.
 *
 * @param what names the folder in the message
 * @param names what else the folder would hold if all of it were there @default what is there
 * @throws {Fault} naming the tokenizer's class when it is of a kind that is not supported
 */
export function requireTokenizer(folder: string, what: string, names?: readonly string[]): void {
  kindIn(folder, what, names)
}

function kindOf(path: string): { kind: TokenizerKind; file: string } {
  if (!exists(path)) throw new Fault(`Cannot read the tokenizer of "${path}" as there is no such file or folder`)
  if (isFolder(path)) {
    const kind = kindIn(path, `"${path}"`)
    return { kind, file: join(path, kind.file) }
  }
  return { kind: kindOfFile(path), file: path }
}

/** The kind of a single file: by its name, else by its ending, where one that is not JSON is taken for SentencePiece's. */
function kindOfFile(path: string): TokenizerKind {
  const named = tokenizerKinds.find(({ file }) => file === basename(path))
  if (named?.className !== undefined && named.className !== tokenizerClass(readSettings(dirname(path)))) {
    throw new Fault(
      `Cannot read the tokenizer of "${path}" as it only says how one is set: name the folder that it is in`,
    )
  }
  const ending = extname(path) === '.json' ? '.json' : '.model'
  const isLike = ({ file, className }: TokenizerKind): boolean => className === undefined && extname(file) === ending
  return named ?? tokenizerKinds.find(isLike)!
}

function kindIn(folder: string, what: string, names: readonly string[] = namesIn(folder)): TokenizerKind {
  const className = tokenizerClass(readSettings(folder))
  const isThere = ({ file, className: wanted }: TokenizerKind): boolean =>
    names.includes(file) && (wanted === undefined || wanted === className)
  const kind = tokenizerKinds.find(isThere)
  if (kind !== undefined) return kind
  // Where the tokenizer's own file does not name its class, the model's may.
  const named = className ?? tokenizerClass({ tokenizerConfig: readText(folder, 'config.json') })
  const other = foreignKinds.find(({ files }) => files.every((name) => names.includes(name)))
  if (other !== undefined || isForeign(named)) {
    throw unsupportedTokenizer(`the tokenizer of ${what}`, named, other?.name)
  }
  throw new Fault(
    `Cannot use ${what} as it has no tokenizer, neither "tokenizer.json" nor "spiece.model": copy one of them from the model it was ` +
      'taught from, or a ByT5 model\'s "tokenizer_config.json"',
  )
}

/** Whether a class of transformers is of no use here, whatever files it has. */
function isForeign(className: string | undefined): boolean {
  return className !== undefined && !/^(?:M?T5|ByT5)Tokenizer/.test(className)
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Tokenizers that other models have, by the files that show it. */
const foreignKinds: readonly { readonly files: readonly string[]; readonly name: string }[] = [
  { files: ['vocab.txt'], name: "BERT's WordPiece, vocab.txt" },
  { files: ['vocab.json', 'merges.txt'], name: 'byte-level BPE, vocab.json and merges.txt' },
  { files: ['sentencepiece.bpe.model'], name: 'a SentencePiece model of another kind, sentencepiece.bpe.model' },
  { files: ['source.spm'], name: "Marian's, source.spm and target.spm" },
]

function readSettings(folder: string): SettingsFiles {
  return {
    tokenizerConfig: readText(folder, settingsFiles.tokenizerConfig),
    specialTokensMap: readText(folder, settingsFiles.specialTokensMap),
    addedTokens: readText(folder, settingsFiles.addedTokens),
  }
}

function readText(folder: string, name: string): SettingsFile | undefined {
  const path = join(folder, name)
  return exists(path) ? { name: path, text: readFile(path).toString('utf8') } : undefined
}

function readFile(path: string): Buffer {
  try {
    const bytes = readSmallFile(path)
    refuseLfsPointer(path, bytes)
    return bytes
  } catch (error) {
    throw systemFault(`Cannot read "${basename(path)}" in "${dirname(path)}"`, error)
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
