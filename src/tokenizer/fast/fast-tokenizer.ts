import { onOneLine } from '../../base/bounds/one-line.ts'
import { byteTrie, exactMatch } from '../parts/byte-trie.ts'
import { cleanUpSpaces } from '../parts/clean-up.ts'
import { type JsonNode, parseJsonFile } from '../parts/json-node.ts'
import { refuseDecode, refuseEncode } from '../parts/refuse-call.ts'
import { sentinelTokens } from '../parts/sentinels.ts'
import { keptSpan, type TruncationSide } from '../parts/truncation.ts'
import { UnigramSegmenter } from '../parts/unigram.ts'
import { ByteBuffer, utf8Encode, wellFormed } from '../parts/utf8.ts'
import type { AddedToken, Tokenizer, TokenizerSettings } from '../tokenizer.ts'
import { unsupportedTokenizer } from '../unsupported.ts'
import { AddedVocabulary } from './added-vocabulary.ts'
import { type TokenDecoder, tokenDecoder } from './decoders.ts'
import type { NormalizedText, TextNormalizer } from './normalized-text.ts'
import { textNormalizer } from './normalizers.ts'
import { type PreTokenizer, preTokenizer } from './pre-tokenizers.ts'
import { serdeFloat } from './serde-float.ts'

/**
 * Makes a tokenizer from the text of a tokenizer.json with a Unigram model, in the layouts that T5's tokenizers have.
 *
 * Padding and the length of truncation that the file asks for are not applied, as transformers does not apply them either; the end at
 * which texts are cut is.
 *
 * @throws {Fault} when the text is no JSON or holds a component that is not supported, with its place
 * Source: tokenizers 0.22, as transformers 4.57 uses it.
 */
export function fastTokenizer(tokenizerJson: string, settings: TokenizerSettings = {}): Tokenizer {
  const origin = settings.origin ?? 'tokenizer.json'
  return new FastTokenizer(parseJsonFile(tokenizerJson, origin), settings, origin)
}

/** Words that were cut before are looked up, up to this many and this long. */
const cachedWords = 1 << 16
const longestCachedWord = 64

class FastTokenizer implements Tokenizer {
  readonly vocabSize: number
  readonly padId: number
  readonly eosId: number
  readonly unkId: number
  readonly sentinelIds: readonly number[]
  readonly #pieces: readonly string[]
  readonly #model: UnigramWords
  readonly #added: AddedVocabulary
  readonly #normalizer: TextNormalizer | undefined
  readonly #preTokenizer: PreTokenizer | undefined
  readonly #decoder: TokenDecoder | undefined
  readonly #cleanUp: boolean
  readonly #truncationSide: TruncationSide
  /** Ids before and behind the text's own. */
  readonly #template: readonly [before: readonly number[], behind: readonly number[]]

  constructor(file: JsonNode, settings: TokenizerSettings, origin: string) {
    const model = readModel(file.get('model'), origin, settings.className)
    this.#pieces = model.pieces
    const normalizer = file.optional('normalizer')
    this.#normalizer = normalizer && textNormalizer(normalizer, origin)
    const splitter = file.optional('pre_tokenizer')
    this.#preTokenizer = splitter && preTokenizer(splitter)
    const decoder = file.optional('decoder')
    this.#decoder = decoder && tokenDecoder(decoder)
    const ids = new Map(model.pieces.map((piece, id) => [piece, id]))
    const normalize = (text: string): string => this.#normalize({ text, fromFirst: 0 }).text
    const { splitSpecialTokens = false } = settings
    this.#added = new AddedVocabulary(ids, model.pieces.length, normalize, { origin, splitSpecialTokens })
    this.#added.add((file.optional('added_tokens')?.list() ?? []).map(addedToken))
    const names = {
      eos: settings.eosToken ?? '</s>',
      unk: settings.unkToken ?? '<unk>',
      pad: settings.padToken ?? '<pad>',
    }
    this.#added.add([...(settings.addedTokens ?? []), ...missingSpecials(this.#added, names, settings)])
    this.#template = readTemplate(file.optional('post_processor'), this.#added.size)
    this.eosId = this.#added.id(names.eos)!
    this.unkId = this.#added.id(names.unk)!
    this.padId = this.#added.id(names.pad)!
    this.vocabSize = this.#added.size
    const sentinels = sentinelTokens((name) => this.#added.id(name))
    this.sentinelIds = sentinels.length > 0 ? sentinels : this.#lastOrdinaryIds()
    this.#model = new UnigramWords(model)
    this.#cleanUp = settings.cleanUpSpaces ?? false
    this.#truncationSide = settings.truncationSide ?? sideOf(file.optional('truncation'))
  }

  encode(
    text: string,
    options: { readonly maxLength?: number | undefined; readonly addEos?: boolean } = {},
  ): Int32Array {
    refuseEncode(text, options)
    const { maxLength, addEos = true } = options
    const ids: number[] = []
    const addWord = (word: string): void => {
      if (word !== '') this.#model.encode(word, ids)
    }
    for (const segment of this.#added.splitRaw(wellFormed(text))) {
      if (segment.id !== undefined) {
        ids.push(segment.id)
        continue
      }
      const fromFirst = segment.start === 0 ? (segment.text.codePointAt(0)! > 0xffff ? 2 : 1) : 0
      const normalized = this.#normalize({ text: segment.text, fromFirst })
      for (const { id, text: part, start } of this.#added.splitNormalized(normalized.text)) {
        if (id !== undefined) ids.push(id)
        else if (this.#preTokenizer === undefined) addWord(part)
        else this.#preTokenizer({ text: part, fromFirst: Math.max(0, normalized.fromFirst - start) }, addWord)
      }
    }
    const [before, behind] = addEos ? this.#template : [[], []]
    const [from, to] = keptSpan(ids.length, before.length + behind.length, maxLength, this.#truncationSide)
    const kept = to - from
    const result = new Int32Array(before.length + kept + behind.length)
    result.set(before)
    for (let i = 0; i < kept; i++) result[before.length + i] = ids[from + i]!
    result.set(behind, before.length + kept)
    return result
  }

  decode(ids: ArrayLike<number>, options: { readonly skipSpecialTokens?: boolean } = {}): string {
    refuseDecode(ids, options)
    const skip = options.skipSpecialTokens ?? true
    const tokens: string[] = []
    for (let i = 0; i < ids.length; i++) {
      const token = this.#added.content(ids[i]!) ?? this.#pieces[ids[i]!]
      if (token !== undefined && !(skip && this.#added.isSpecial(token))) tokens.push(token)
    }
    const text = this.#decoder === undefined ? tokens.join(' ') : this.#decoder(tokens).join('')
    return this.#cleanUp ? cleanUpSpaces(text) : text
  }

  #normalize(source: NormalizedText): NormalizedText {
    return this.#normalizer === undefined ? source : this.#normalizer(source)
  }

  /** The last ids of a vocabulary without `<extra_id_N>`, from the highest down, special and byte pieces left alone. */
  #lastOrdinaryIds(): number[] {
    const ids: number[] = []
    for (let id = this.#pieces.length - 1; id >= 0 && ids.length < 100; id--) {
      if (this.#added.content(id) === undefined && !/^<0x[0-9A-F]{2}>$/.test(this.#pieces[id]!)) ids.push(id)
    }
    return ids
  }
}

interface FastModel {
  readonly pieces: readonly string[]
  readonly scores: Float64Array
  readonly unkId: number
  readonly byteFallback: boolean
}

function readModel(node: JsonNode, origin: string, className: string | undefined): FastModel {
  const type = node.optional('type')?.string() ?? 'Unigram'
  if (type !== 'Unigram')
    throw unsupportedTokenizer(`the tokenizer "${origin}"`, className, `a ${onOneLine(type, 40)} model`)
  const entries = node.get('vocab').list()
  const pieces: string[] = []
  const scores = new Float64Array(entries.length)
  entries.forEach((entry, id) => {
    const pair = entry.value
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string' || !Number.isFinite(pair[1])) {
      throw entry.fault(`${entry.path} is no pair of a piece and its score`)
    }
    pieces.push(wellFormed(pair[0]))
    scores[id] = serdeFloat(pair[1])
  })
  const unk = node.get('unk_id')
  const unkId = unk.count()
  if (unkId >= pieces.length) throw unk.fault(`${unk.path} is ${unkId} but there are ${pieces.length} pieces`)
  return { pieces, scores, unkId, byteFallback: node.optional('byte_fallback')?.boolean() ?? false }
}

/** Cuts words into pieces and remembers the usual ones. */
class UnigramWords {
  readonly #segmenter: UnigramSegmenter
  readonly #trie
  readonly #unkId: number
  /** Id of each byte's piece, -1 for a missing one; undefined without byte fallback. */
  readonly #byteIds: Int32Array | undefined
  readonly #text = new ByteBuffer()
  readonly #cache = new Map<string, readonly number[]>()

  constructor({ pieces, scores, unkId, byteFallback }: FastModel) {
    let least = Number.POSITIVE_INFINITY
    for (const score of scores) least = Math.min(least, score)
    this.#trie = byteTrie(pieces.map(utf8Encode), Int32Array.from(pieces.keys()))
    this.#segmenter = new UnigramSegmenter({
      trie: this.#trie,
      scores,
      unkId,
      unkScore: least - unknownPenalty,
    })
    this.#unkId = unkId
    if (byteFallback) {
      this.#byteIds = Int32Array.from({ length: 256 }, (_, byte) => {
        const name = utf8Encode(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`)
        return exactMatch(this.#trie, name, 0, name.length)
      })
    }
  }

  /** Appends the ids of `word` to `ids`. */
  encode(word: string, ids: number[]): void {
    const known = this.#cache.get(word)
    if (known !== undefined) {
      for (const id of known) ids.push(id)
      return
    }
    const from = ids.length
    this.#cut(word, ids)
    if (word.length > longestCachedWord) return
    if (this.#cache.size >= cachedWords) this.#cache.clear()
    this.#cache.set(word, ids.slice(from))
  }

  #cut(word: string, ids: number[]): void {
    const text = this.#text
    text.length = 0
    text.appendText(word)
    const count = this.#segmenter.segment(text.bytes, 0, text.length, false)
    const { ids: pieceIds, ends } = this.#segmenter
    let start = 0
    for (let i = 0; i < count; i++) {
      if (pieceIds[i] !== this.#unkId) {
        ids.push(pieceIds[i]!)
      } else {
        // A run of unknown characters counts as one token, which may yet be in the vocabulary or be spelled in bytes.
        while (i + 1 < count && pieceIds[i + 1] === this.#unkId) i++
        this.#pushUnknown(start, ends[i]!, ids)
      }
      start = ends[i]!
    }
  }

  #pushUnknown(start: number, end: number, ids: number[]): void {
    const { bytes } = this.#text
    const id = exactMatch(this.#trie, bytes, start, end)
    const byteIds = this.#byteIds
    if (id >= 0) ids.push(id)
    else if (byteIds !== undefined && bytes.subarray(start, end).every((byte) => byteIds[byte]! >= 0)) {
      for (let i = start; i < end; i++) ids.push(byteIds[bytes[i]!]!)
    } else ids.push(this.#unkId)
  }
}

/** An unknown character costs this much more than the least probable piece. */
const unknownPenalty = 10

function addedToken(node: JsonNode): AddedToken {
  return {
    content: node.get('content').string(),
    special: node.get('special').boolean(),
    singleWord: node.get('single_word').boolean(),
    lstrip: node.get('lstrip').boolean(),
    rstrip: node.get('rstrip').boolean(),
    normalized: node.get('normalized').boolean(),
  }
}

function sideOf(truncation: JsonNode | undefined): TruncationSide {
  return truncation?.optional('direction')?.string() === 'Left' ? 'left' : 'right'
}

/** The special tokens that the file does not have yet; transformers adds them when it loads a tokenizer. */
function missingSpecials(
  added: AddedVocabulary,
  names: Readonly<Record<'eos' | 'unk' | 'pad', string>>,
  settings: TokenizerSettings,
): AddedToken[] {
  const wanted = [names.eos, names.unk, names.pad]
  for (let n = 0; n < (settings.extraIds ?? 0); n++) wanted.push(`<extra_id_${n}>`)
  const given = new Set((settings.addedTokens ?? []).map(({ content }) => content))
  return wanted
    .filter((content) => !given.has(content) && !added.isSpecial(content))
    .map((content) => ({
      content,
      special: true,
      singleWord: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
    }))
}

/** The ids that a TemplateProcessing puts round a single text. @param vocabSize above all of them */
function readTemplate(node: JsonNode | undefined, vocabSize: number): [before: number[], behind: number[]] {
  const before: number[] = []
  const behind: number[] = []
  if (node === undefined) return [before, behind]
  const type = node.type()
  if (type !== 'TemplateProcessing') throw node.unknown('post-processor', type, ['TemplateProcessing'])
  const tokens = node.get('special_tokens')
  let seen = false
  for (const piece of node.get('single').list()) {
    const special = piece.optional('SpecialToken')
    if (special === undefined) {
      const sequence = piece.get('Sequence').get('id').string()
      if (sequence !== 'A' || seen) throw piece.fault(`${piece.path} is not the one place for the text`)
      seen = true
      continue
    }
    const ids = tokens.get(special.get('id').string()).get('ids').list()
    for (const id of ids) {
      if (id.count() >= vocabSize) throw id.fault(`${id.path} is ${id.count()}, outside the vocabulary of ${vocabSize}`)
      ;(seen ? behind : before).push(id.count())
    }
  }
  if (!seen) throw node.fault(`${node.path}.single has no place for the text`)
  return [before, behind]
}
