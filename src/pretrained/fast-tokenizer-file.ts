import { fastFromSpiece } from '../tokenizer/sentencepiece/fast-from-spiece.ts'
import { slowSettings } from '../tokenizer/slow/slow-settings.ts'
import { tokenizerSources } from './tokenizer-folder.ts'

/**
 * The text of a folder's tokenizer.json, made of its spiece.model where it has none.
 *
 * @returns `undefined` for a tokenizer that no such file can hold, ByT5's
 * @throws {Fault} as `loadTokenizer`
 */
export function fastTokenizerFile(folder: string): string | undefined {
  const { kind, bytes, settings, file } = tokenizerSources(folder)
  if (kind.file === 'tokenizer.json') return Buffer.from(bytes).toString('utf8')
  if (kind.file !== 'spiece.model') return undefined
  return JSON.stringify(fastFromSpiece(bytes, { ...slowSettings(settings), origin: file }))
}
