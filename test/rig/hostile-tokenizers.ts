import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HostileFiles } from './hostile-files.ts'

/** The pieces that a T5 vocabulary begins with, with their scores. */
const specials = [
  ['<pad>', 0],
  ['</s>', 0],
  ['<unk>', 0],
] as const

type Entry = readonly [name: string, files: HostileFiles]
type Fields = Record<string, unknown>

const folder = join(import.meta.dirname, '../fixtures/tokenizers/en')
const soundText = readFileSync(join(folder, 'tokenizer.json'), 'utf8')
const soundPiece = readFileSync(join(folder, 'spiece.model'))

/** The sound tokenizer.json with other fields. */
function json(change: (file: Fields & { model: Fields }) => object): string {
  const file = JSON.parse(soundText) as Fields & { model: Fields }
  return JSON.stringify({ ...file, ...change(file) })
}

const split = (regex: string): Fields => ({
  type: 'Split',
  pattern: { Regex: regex },
  behavior: 'Isolated',
  invert: false,
})
const replace = (from: string, to: string): Fields => ({ type: 'Replace', pattern: { String: from }, content: to })
const sequence = (steps: readonly unknown[]): Fields => ({ type: 'Sequence', normalizers: steps })
const nested = (levels: number): unknown => (levels === 0 ? replace('a', 'b') : sequence([nested(levels - 1)]))
const token = (content: unknown, more: object = {}): Fields => ({
  ...{ id: 0, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true },
  ...more,
})
const vocab = (entries: readonly unknown[]) => (file: { model: Fields }) => ({
  model: { ...file.model, vocab: entries },
})

const files: readonly (readonly [what: string, text: () => string, outcome: HostileFiles['outcome'], slow?: 'slow'])[] =
  [
    ['nothing wrong', () => soundText, 'opened'],
    ['a pattern that tries all ways', () => json(() => ({ pre_tokenizer: split('(a+)+$') })), /takes too long/, 'slow'],
    [
      'a pattern of alternatives that are alike',
      () => json(() => ({ pre_tokenizer: split('(a|a)*b') })),
      /takes too long/,
      'slow',
    ],
    [
      'a pattern of many choices',
      () => json(() => ({ pre_tokenizer: split(`${'a?'.repeat(40)}${'a'.repeat(40)}$`) })),
      /takes too long/,
      'slow',
    ],
    ['a pattern that looks at blanks', () => json(() => ({ pre_tokenizer: split('\\s+$') })), 'opened'],
    ['a pattern of a megabyte', () => json(() => ({ pre_tokenizer: split('(a|'.repeat(2 ** 18)) })), /not supported/],
    [
      'a pattern of 100,000 brackets',
      () => json(() => ({ pre_tokenizer: split('('.repeat(100_000) + ')'.repeat(100_000)) })),
      /not supported|nested|takes too long/,
    ],
    ['a pattern that refers to itself', () => json(() => ({ pre_tokenizer: split('(a)\\g<1>') })), /not supported/],
    ['a count of a milliard', () => json(() => ({ pre_tokenizer: split('(a{1000000000}){1000000000}') })), 'opened'],
    [
      'replacements that grow',
      () => json(() => ({ normalizer: sequence(Array(40).fill(replace('a', 'aaaaaaaa'))) })),
      /out of proportion/,
    ],
    [
      'replacements of every place',
      () => json(() => ({ normalizer: sequence(Array(40).fill(replace('', 'xx'))) })),
      /out of proportion/,
    ],
    ['a long replacement', () => json(() => ({ normalizer: replace('a', 'b'.repeat(2 ** 20)) })), /out of proportion/],
    [
      'prefixes that grow',
      () => json(() => ({ normalizer: sequence(Array(200).fill({ type: 'Prepend', prepend: 'p'.repeat(10_000) })) })),
      /out of proportion/,
    ],
    ['steps within steps', () => json(() => ({ normalizer: nested(150) })), /nested|deep/],
    [
      '100,000 steps',
      () => json(() => ({ normalizer: sequence(Array(100_000).fill(replace('a', 'b'))) })),
      'opened',
      'slow',
    ],
    [
      'decoders that grow',
      () => json(() => ({ decoder: { type: 'Sequence', decoders: Array(40).fill(replace('e', 'eeeeeeee')) } })),
      /out of proportion/,
    ],
    ['a piece for one that is none', () => json(vocab([['<unk>', 0], 5])), /no pair/],
    [
      'scores that are none',
      () => json(() => ({})).replace('["\u2581the",-2.759425640106201]', '["\u2581the",1e999]'),
      /no pair/,
    ],
    ['scores of 10^308', () => json(vocab([...specials, ['a', 1e308], ['aa', -1e308], ['aaa', 1e308]])), 'opened'],
    ['a piece of a megabyte', () => json(vocab([...specials, ['a'.repeat(2 ** 20), -1]])), 'opened'],
    ['one piece often', () => json(vocab([...specials, ...Array(1000).fill(['a', -1])])), 'opened'],
    ['no pieces', () => json(vocab([])), /unk_id/],
    ['an unknown piece beyond all', () => json(({ model }) => ({ model: { ...model, unk_id: 1e15 } })), /unk_id/],
    ['an unknown piece before the first', () => json(({ model }) => ({ model: { ...model, unk_id: -1 } })), /unk_id/],
    ['an added token of id 2^40', () => json(() => ({ added_tokens: [token('<x>', { id: 2 ** 40 })] })), 'opened'],
    ['an added token of id -1', () => json(() => ({ added_tokens: [token('<x>', { id: -1 })] })), 'opened'],
    [
      'added tokens that hold each other',
      () => json(() => ({ added_tokens: ['a', 'aa', 'aaa', 'aaaa'].map((one) => token(one)) })),
      'opened',
    ],
    [
      '50,000 added tokens',
      () => json(() => ({ added_tokens: Array.from({ length: 50_000 }, (_, i) => token(`<t${i}>`)) })),
      'opened',
      'slow',
    ],
    [
      'an added token of a megabyte',
      () => json(() => ({ added_tokens: [token('('.repeat(2 ** 20))] })),
      /too many to be looked for/,
    ],
    ['an added token that is a number', () => json(() => ({ added_tokens: [token(5)] })), /not a text/],
    [
      'a template of ids beyond all',
      () =>
        json(() => ({
          post_processor: {
            type: 'TemplateProcessing',
            single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: 'x', type_id: 0 } }],
            special_tokens: { x: { id: 'x', ids: [2 ** 50], tokens: ['x'] } },
          },
        })),
      /post_processor|ids/,
    ],
    ['another model', () => json(({ model }) => ({ model: { ...model, type: 'BPE\u001b[2J\n'.repeat(50) } })), /model/],
    ['brackets', () => '['.repeat(2 ** 20), /no JSON|nested/],
    ['nothing', () => '', /no JSON/],
    ['__proto__', () => soundText.replace('{', '{"__proto__":{"normalizer":{"type":"x"}},'), 'opened'],
  ]

/** A field of protobuf: its number, then bytes with their length before them. */
const field = (number: number, ...content: Uint8Array[]): Buffer => {
  const bytes = Buffer.concat(content)
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes])
}
const varint = (value: number | bigint): Buffer => {
  const bytes: number[] = []
  let rest = BigInt(value)
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return Buffer.from([...bytes, Number(rest)])
}
const piece = (text: string | Uint8Array, score: number, type = 1): Buffer => {
  const float = Buffer.alloc(5, 0x15)
  float.writeFloatLE(score, 1)
  return field(1, field(1, Buffer.from(text as string)), float, Buffer.of(0x18, type))
}
const special = [piece('<pad>', 0, 3), piece('</s>', 0, 3), piece('<unk>', 0, 2)]
const model = (...pieces: Uint8Array[]): Buffer => Buffer.concat([...special, piece('a', -1), ...pieces])

const pieces: readonly (readonly [what: string, bytes: () => Uint8Array, outcome: HostileFiles['outcome']])[] = [
  ['nothing wrong', () => soundPiece, 'opened'],
  ['nothing', () => Buffer.alloc(0), /no pieces/],
  ['a cut', () => soundPiece.subarray(0, 20_000), /cut|get the file again/],
  ['a length of 2^63', () => Buffer.concat([Buffer.of(0x0a), varint(2n ** 63n - 1n)]), /no SentencePiece model/],
  ['a length of 2 GB', () => Buffer.concat([Buffer.of(0x0a), varint(2 ** 31 - 1)]), /no SentencePiece model/],
  ['a length without an end', () => Buffer.alloc(1000, 0xff), /no SentencePiece model/],
  ['groups within groups', () => Buffer.alloc(1_000_000, 0x4b), /no SentencePiece model|no pieces/],
  ['a score that is none', () => model(piece('b', Number.NaN)), /score of piece/],
  ['an infinite score', () => model(piece('b', Number.POSITIVE_INFINITY)), /score of piece/],
  ['scores of 10^38', () => model(piece('aa', 3e38), piece('aaa', -3e38), piece('b', 3e38)), 'opened'],
  ['one piece twice', () => model(piece('a', -1)), /comes twice/],
  ['pieces that are no UTF-8', () => model(piece(Buffer.of(0xff, 0xfe), -1), piece(Buffer.of(0xc0), -1)), 'opened'],
  ['a piece of a megabyte', () => model(piece('a'.repeat(2 ** 20), -1)), /has 1048576 bytes/],
  ['a piece of nothing', () => model(piece('', -1)), /is empty/],
  ['two unknown pieces', () => model(piece('<u>', 0, 2)), /two unknown/],
  ['a kind that there is none', () => model(piece('b', -1, 99)), 'opened'],
  ['a million empty pieces', () => Buffer.alloc(2_000_000, Buffer.of(0x0a, 0)), /is empty/],
  [
    'a table of characters of nothing but ones',
    () => model(field(3, field(2, Buffer.alloc(100_000, 0xff)))),
    /charsmap|character|normal/,
  ],
  [
    'a table of characters longer than it is',
    () => model(field(3, field(2, Buffer.of(0xff, 0xff, 0xff, 0x7f, 0)))),
    /charsmap|character|normal/,
  ],
]

/** Files of tokenizers: tokenizer.json and spiece.model. */
export const hostileTokenizers: readonly Entry[] = [
  ...files.map(
    ([what, text, outcome, slow]): Entry => [
      `tokenizer.json: ${what}`,
      { files: () => ({ 'tokenizer.json': text() }), outcome, opens: 'tokenizer', ...(slow && { slow: true }) },
    ],
  ),
  ...pieces.map(
    ([what, bytes, outcome]): Entry => [
      `spiece.model: ${what}`,
      { files: () => ({ 'spiece.model': bytes() }), outcome, opens: 'tokenizer' },
    ],
  ),
]
