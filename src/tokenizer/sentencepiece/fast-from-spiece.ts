import type { SlowSettings } from '../slow/slow-settings.ts'
import type { AddedToken } from '../tokenizer.ts'
import { parseSentencePieceModel, pieceType, type SentencePieceModel } from './model.ts'
import { t5AddedTokens } from './t5-tokenizer.ts'

/**
 * Makes of a spiece.model what a tokenizer.json holds, for programs that read nothing else.
 *
 * It differs from what transformers makes in two things, in which it cuts as the model was taught: characters without a piece
 * become bytes where the model has those, and `<extra_id_N>` take white space beside them with them.
 *
 * @throws {Fault} when the file is cut, broken, or no Unigram model
 * Source: `T5Converter` in transformers 4.57 (goldens: fast-from-spiece).
 */
export function fastFromSpiece(bytes: Uint8Array, settings: SlowSettings = {}): object {
  const model = parseSentencePieceModel(bytes, settings.origin ?? 'spiece.model')
  const added = allAdded(model, settings)
  const [prefix, legacy] = [settings.addPrefixSpace ?? true, settings.legacy ?? true]
  const scheme = !prefix ? 'never' : legacy ? 'always' : 'first'
  const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: scheme, split: true }
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added.map(addedEntry),
    normalizer: normalizer(model),
    pre_tokenizer: metaspace,
    post_processor: endsWith(model.eosPiece, added),
    decoder: model.byteFallback ? { type: 'Sequence', decoders: [{ type: 'ByteFallback' }, metaspace] } : metaspace,
    model: {
      type: 'Unigram',
      unk_id: model.types.indexOf(pieceType.unknown),
      vocab: vocabulary(model, added),
      byte_fallback: model.byteFallback,
    },
  }
}

type WithId = AddedToken & { readonly id: number }

/** Control symbols and those that the trainer was given are matched whole, as added tokens are. */
function allAdded(model: SentencePieceModel, settings: SlowSettings): WithId[] {
  const added = new Map(
    t5AddedTokens(model, settings)
      .tokens()
      .map((token) => [token.id, token]),
  )
  model.names.forEach((content, id) => {
    const type = model.types[id]
    if (added.has(id) || (type !== pieceType.control && type !== pieceType.userDefined)) return
    const plain = { singleWord: false, lstrip: false, rstrip: false, normalized: false }
    added.set(id, { id, content, special: type === pieceType.control, ...plain })
  })
  return [...added.values()].sort((a, b) => a.id - b.id)
}

function addedEntry({ id, content, singleWord, lstrip, rstrip, normalized, special }: WithId): object {
  return { id, content, single_word: singleWord, lstrip, rstrip, normalized, special }
}

/** Behind the pieces the added tokens, as far as their ids follow on each other. */
function vocabulary({ names, scores }: SentencePieceModel, added: readonly WithId[]): [string, number][] {
  const entries = names.map((name, id): [string, number] => [name, scores[id]!])
  for (const { id, content } of added) if (id === entries.length) entries.push([content, 0])
  return entries
}

function normalizer({ normalizer: { charsmapBytes } }: SentencePieceModel): object {
  const text = Buffer.from(charsmapBytes).toString('base64')
  const precompiled = text === '' ? [] : [{ type: 'Precompiled', precompiled_charsmap: text }]
  return {
    type: 'Sequence',
    normalizers: [
      ...precompiled,
      { type: 'Strip', strip_left: false, strip_right: true },
      { type: 'Replace', pattern: { Regex: ' {2,}' }, content: '▁' },
    ],
  }
}

function endsWith(eos: string, added: readonly WithId[]): object {
  const end = { SpecialToken: { id: eos, type_id: 0 } }
  const [first, second] = ['A', 'B'].map((id) => ({ Sequence: { id, type_id: 0 } }))
  const ids = added.filter(({ content }) => content === eos).map(({ id }) => id)
  return {
    type: 'TemplateProcessing',
    single: [first, end],
    pair: [first, end, second, end],
    special_tokens: { [eos]: { id: eos, ids, tokens: [eos] } },
  }
}
