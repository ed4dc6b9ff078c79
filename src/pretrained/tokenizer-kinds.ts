import { byt5Tokenizer } from '../tokenizer/byt5/byt5-tokenizer.ts'
import { fastTokenizer } from '../tokenizer/fast/fast-tokenizer.ts'
import { t5Tokenizer } from '../tokenizer/sentencepiece/t5-tokenizer.ts'
import { type SettingsFiles, tokenizerSettings } from '../tokenizer/settings.ts'
import { slowSettings } from '../tokenizer/slow/slow-settings.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'

/** A kind of tokenizer that a model's folder may hold. */
export interface TokenizerKind {
  /** The file that makes it one, and that is opened. */
  readonly file: string
  /** The class of transformers that the settings must name, for a tokenizer that has no file of its own. */
  readonly className?: string
  /** @throws {Fault} when the file is cut, broken or of a kind that is not supported */
  open(bytes: Uint8Array, files: SettingsFiles, origin: string): Tokenizer
}

/** Which tokenizers there are; in a folder that has several, the first counts. */
export const tokenizerKinds: readonly TokenizerKind[] = [
  {
    file: 'tokenizer.json',
    open: (bytes, files, origin) =>
      fastTokenizer(Buffer.from(bytes).toString('utf8'), { ...tokenizerSettings(files), origin }),
  },
  {
    file: 'spiece.model',
    open: (bytes, files, origin) => t5Tokenizer(bytes, { ...slowSettings(files), origin }),
  },
  {
    file: 'tokenizer_config.json',
    className: 'ByT5Tokenizer',
    open: (_, files) => byt5Tokenizer(slowSettings(files)),
  },
]
