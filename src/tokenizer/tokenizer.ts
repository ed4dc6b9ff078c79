import type { TruncationSide } from './parts/truncation.ts'

/** Text to token ids and back. Ids are those of the model that the tokenizer belongs to. */
export interface Tokenizer {
  /** Number of ids that the tokenizer knows: the largest id + 1. The model's vocabulary may be larger. */
  readonly vocabSize: number
  readonly padId: number
  readonly eosId: number
  readonly unkId: number
  /**
   * Ids of `<extra_id_0>`, `<extra_id_1>`, …: the marks that stand for a missing span in span corruption.
   *
   * A vocabulary without such tokens (mT5's) gives its last ids from the highest down, at most 100, as T5's own
   * pre-training code does: the sentinel of the first span is the vocabulary's last id.
   */
  readonly sentinelIds: readonly number[]
  /**
   * Token ids of a text, with `</s>` at the end.
   *
   * Lone surrogates count as U+FFFD.
   *
   * @param options.maxLength most ids, `</s>` included: the text is cut, `</s>` is kept
   * @param options.addEos whether `</s>` is added @default true
   * @throws {RangeError} if `maxLength` is no positive integer
   */
  encode(text: string, options?: { readonly maxLength?: number | undefined; readonly addEos?: boolean }): Int32Array
  /**
   * Text of token ids. Ids outside the vocabulary are left out.
   *
   * @param options.skipSpecialTokens whether special tokens such as `</s>` are left out @default true
   */
  decode(ids: ArrayLike<number>, options?: { readonly skipSpecialTokens?: boolean }): string
}

/** What the files beside a tokenizer.json say about special tokens. */
export interface TokenizerSettings {
  /** Name of the file, for messages. */
  readonly origin?: string
  /** The tokenizer's class in transformers, for messages. */
  readonly className?: string
  readonly eosToken?: string
  readonly padToken?: string
  readonly unkToken?: string
  /** How many `<extra_id_N>` tokens there are. */
  readonly extraIds?: number
  /** The end at which texts are cut. @default the one that tokenizer.json says, else right */
  readonly truncationSide?: TruncationSide
  /** Whether special tokens inside a text are cut like text. @default false */
  readonly splitSpecialTokens?: boolean
  /** Whether decoded English gets its spaces before punctuation and shortened words removed, as old transformers did. */
  readonly cleanUpSpaces?: boolean
  /** Tokens added beside the vocabulary. */
  readonly addedTokens?: readonly AddedToken[]
}

/** A token that is matched as a whole instead of being cut into pieces, with the tokenizers library's fields. */
export interface AddedToken {
  readonly id?: number
  readonly content: string
  /** Left out of decoded text. */
  readonly special: boolean
  /** Matches only between characters that are no word characters. */
  readonly singleWord: boolean
  /** Takes the white space on its left, or right, with it. */
  readonly lstrip: boolean
  readonly rstrip: boolean
  /** Is looked for after normalisation, in its normalised form. */
  readonly normalized: boolean
}
