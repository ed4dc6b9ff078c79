import { readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Fault } from '../base/fault.ts'
import { refuseLfsPointer } from '../base/lfs-pointer.ts'
import { fastTokenizer } from '../tokenizer/fast/fast-tokenizer.ts'
import { sentencePieceTokenizer } from '../tokenizer/sentencepiece/sentencepiece-tokenizer.ts'
import { type SettingsFiles, tokenizerSettings } from '../tokenizer/settings.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'

const fastFile = 'tokenizer.json'
const sentencePieceFile = 'spiece.model'
const settingsFiles = {
  tokenizerConfig: 'tokenizer_config.json',
  specialTokensMap: 'special_tokens_map.json',
  addedTokens: 'added_tokens.json',
} as const

/**
 * Reads the tokenizer of a model folder: tokenizer.json, else spiece.model, with the settings files beside it.
 *
 * @param folder a model folder, or the path of a single tokenizer.json or SentencePiece model
 * @throws {Fault} when there is no such file or it is cut, broken or of a kind that is not supported
 */
export function loadTokenizer(folder: string): Tokenizer {
  const file = tokenizerFile(folder)
  const settings = { ...tokenizerSettings(readSettings(dirname(file))), origin: file }
  return file.endsWith('.json')
    ? fastTokenizer(readFile(file).toString('utf8'), settings)
    : sentencePieceTokenizer(readFile(file), settings)
}

/** Paths of the files of a model folder that belong to its tokenizer: what must be copied beside a saved model. */
export function tokenizerFiles(folder: string): string[] {
  const main = tokenizerFile(folder)
  const beside = [fastFile, sentencePieceFile, ...Object.values(settingsFiles)]
  const paths = isFolder(folder) ? beside.map((name) => join(folder, name)).filter(exists) : [main]
  return paths.includes(main) ? paths : [main, ...paths]
}

function tokenizerFile(folder: string): string {
  if (!exists(folder)) throw new Fault(`Cannot read the tokenizer of "${folder}" as there is no such file or folder`)
  if (!isFolder(folder)) return folder
  const found = [fastFile, sentencePieceFile].map((name) => join(folder, name)).find(exists)
  if (found !== undefined) return found
  throw new Fault(
    `Cannot read the tokenizer of "${folder}" as the folder has neither "${fastFile}" nor "${sentencePieceFile}": ` +
      'copy one of them from the model it was taught from',
  )
}

function readSettings(folder: string): SettingsFiles {
  const read = (name: string): { name: string; text: string } | undefined => {
    const path = join(folder, name)
    return exists(path) ? { name: path, text: readFile(path).toString('utf8') } : undefined
  }
  return {
    tokenizerConfig: read(settingsFiles.tokenizerConfig),
    specialTokensMap: read(settingsFiles.specialTokensMap),
    addedTokens: read(settingsFiles.addedTokens),
  }
}

function readFile(path: string): Buffer {
  try {
    const bytes = readFileSync(path)
    refuseLfsPointer(path, bytes)
    return bytes
  } catch (error) {
    if (error instanceof Fault) throw error
    throw new Fault(`Cannot read "${basename(path)}" in "${dirname(path)}": ${(error as Error).message}`, undefined, {
      cause: error,
    })
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
