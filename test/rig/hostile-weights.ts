import type { HostileFiles } from './hostile-files.ts'
import { uint64 } from './pickle-parts.ts'
import { soundConfig, soundData, soundTensors } from './sound-model.ts'

type Entry = readonly [name: string, files: HostileFiles]
type Header = Record<string, unknown>

/** The sound model's header of a safetensors file. */
function soundHeader(): Record<string, { dtype: string; shape: readonly number[]; data_offsets: [number, number] }> {
  let end = 0
  const entries = soundTensors.map(({ name, shape, data }) => {
    const start = end
    end += data.byteLength
    return [name, { dtype: 'F32', shape, data_offsets: [start, end] as [number, number] }] as const
  })
  return Object.fromEntries(entries)
}

function safetensors(header: Header | string, data: Uint8Array = soundData, says?: bigint): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  return Buffer.concat([uint64(says ?? json.length), json, data])
}

const [first, second] = soundTensors.map(({ name }) => name) as [string, string]
const bytes = soundData.length
/** The sound header with another entry of the first tensor. */
const with1 = (change: object): Buffer =>
  safetensors({ ...soundHeader(), [first]: { ...soundHeader()[first], ...change } })
/** One more tensor behind the sound ones, of which only its entry tells. */
const more = (name: string, entry: unknown): Buffer => safetensors({ ...soundHeader(), [name]: entry })
const empty = { dtype: 'F32', shape: [0], data_offsets: [bytes, bytes] }
const nestedText = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)

const headers: readonly (readonly [what: string, file: () => Uint8Array, outcome: HostileFiles['outcome']])[] = [
  ['nothing wrong', () => safetensors(soundHeader()), 'opened'],
  ['a header of 2^63 bytes', () => safetensors(soundHeader(), soundData, 2n ** 63n), /claims/],
  ['a header of 2^64 - 1 bytes', () => safetensors(soundHeader(), soundData, 2n ** 64n - 1n), /claims/],
  ['a header longer than the file', () => safetensors(soundHeader(), soundData, 10_000_000n), /ends after/],
  ['no header', () => Buffer.alloc(3), /ends after/],
  ['a header of nothing', () => safetensors(''), /not JSON/],
  ['a header that is no object', () => safetensors('[1]'), /not an object/],
  ['a header of brackets', () => safetensors('['.repeat(2 ** 20)), /nested deeper/],
  ['a header nested in a tensor', () => safetensors(`{"x":${nestedText(100_000)}}`), /nested deeper/],
  ['a header that is no UTF-8', () => safetensors('{}'.padEnd(20), Buffer.alloc(0)).fill(0xff, 10, 14), /not JSON/],
  [
    'one name twice',
    () =>
      safetensors(JSON.stringify(soundHeader()).replace('{', `{"${first}":${JSON.stringify(soundHeader()[second])},`)),
    'opened',
  ],
  ['a type that there is none', () => with1({ dtype: 'F4\u001b[2J' }), /has the type/],
  ['a type of a megabyte', () => with1({ dtype: 'F'.repeat(2 ** 20) }), /has the type/],
  ['a type that is a list', () => with1({ dtype: [['F32']] }), /nested deeper/],
  ['integers', () => with1({ dtype: 'I32' }), /holds int32/],
  ['a size of 2^53', () => with1({ shape: [2 ** 53, 2 ** 53] }), /no proper/],
  ['a shape beyond all numbers', () => with1({ shape: Array(60).fill(2 ** 40) }), /needs .* bytes/],
  ['a shape of 100,000 axes', () => with1({ shape: Array(100_000).fill(1) }), /no proper/],
  ['a negative size', () => with1({ shape: [-1, 10] }), /no proper/],
  ['a half size', () => with1({ shape: [1.5, 10] }), /no proper/],
  [
    'an offset behind the end',
    () => with1({ data_offsets: [2 ** 50, 2 ** 50 + soundHeader()[first]!.data_offsets[1]] }),
    /begins at byte|needs/,
  ],
  ['offsets that go back', () => with1({ data_offsets: [10, 2] }), /needs/],
  ['offsets that are texts', () => with1({ data_offsets: ['0', '1'] }), /no proper/],
  [
    'two tensors in one place',
    () => with1({ data_offsets: soundHeader()[second]!.data_offsets, shape: soundHeader()[second]!.shape }),
    /begins at byte|has shape/,
  ],
  ['an entry that is null', () => more('x', null), /has the type/],
  ['an entry that is a text', () => more('x', 'y'), /has the type/],
  ['a name of a megabyte', () => more('n'.repeat(2 ** 20), empty), 'opened'],
  ['a long name whose tensor is wrong', () => more('n'.repeat(2 ** 20), { ...empty, shape: [7] }), /needs/],
  ['a long name without a type', () => more('n'.repeat(2 ** 20), {}), /has the type/],
  ['names that control a terminal', () => more('\u001b]0;x\u0007\n\u202e', { ...empty, shape: [7] }), /needs/],
  [
    'the name __proto__',
    () => safetensors(JSON.stringify(soundHeader()).replace('{', `{"__proto__":${JSON.stringify(empty)},`)),
    'opened',
  ],
  [
    '100,000 tensors of nothing',
    () =>
      safetensors({
        ...soundHeader(),
        ...Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`x${i}`, empty])),
      }),
    'opened',
  ],
  [
    'numbers behind the last tensor',
    () => safetensors(soundHeader(), Buffer.concat([soundData, Buffer.alloc(4)])),
    /follow/,
  ],
  ['numbers that are cut', () => safetensors(soundHeader(), soundData.subarray(0, -4)), /cut or is damaged/],
]

const shard = (): Uint8Array => safetensors(soundHeader())
const mapOf = (file: unknown): string =>
  JSON.stringify({ weight_map: Object.fromEntries(soundTensors.map(({ name }) => [name, file])) })
const indexName = 'model.safetensors.index.json'
const indices: readonly (readonly [what: string, index: () => string, outcome: HostileFiles['outcome']])[] = [
  ['a shard that is there', () => mapOf('a.safetensors'), 'opened'],
  ['a shard that is missing', () => mapOf('b.safetensors'), /b\.safetensors/],
  ['a shard outside', () => mapOf('../../../etc/passwd'), /expected a file beside it/],
  ['a shard by its whole path', () => mapOf('/etc/passwd'), /expected a file beside it/],
  ['the folder as a shard', () => mapOf('.'), /./],
  ['itself as a shard', () => mapOf(indexName), /as safetensors/],
  ['a shard with a NUL', () => mapOf('a\0.safetensors'), /./],
  ['a shard of a name that is too long', () => mapOf('a'.repeat(5000)), /./],
  ['a shard that is a list', () => mapOf([nestedText(50)]), /expected a file beside it/],
  ['a shard that is a megabyte of brackets', () => mapOf('['.repeat(2 ** 20)), /./],
  ['a map that is a list', () => '{"weight_map":[]}', /no "weight_map"/],
  ['brackets', () => '['.repeat(2 ** 20), /nested/],
  [
    '20,000 shards that are missing',
    () =>
      JSON.stringify({
        weight_map: Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`x${i}`, `${i}.bin`])),
      }),
    /Cannot read/,
  ],
]

const configOf = (change: object): string => JSON.stringify({ ...soundConfig, ...change })
const configs: readonly (readonly [what: string, config: () => string, outcome: HostileFiles['outcome']])[] = [
  ['sizes of 10^300', () => configOf({ d_model: 1e300, num_layers: 1e300 }), /num_layers.*d_model/],
  [
    'the largest sizes',
    () => configOf({ d_model: 2 ** 24, d_ff: 2 ** 24, num_layers: 1024, num_decoder_layers: 1024 }),
    /Cannot use the weights/,
  ],
  ['sizes that are texts', () => configOf({ d_kv: '3', num_heads: [2] }), /d_kv.*num_heads/],
  ['sizes of zero and less', () => configOf({ vocab_size: 0, d_ff: -1 }), /vocab_size.*d_ff/],
  ['a kind of a megabyte', () => configOf({ model_type: 't5'.repeat(2 ** 19) }), /model_type/],
  ['a kind that is an object', () => configOf({ model_type: { nested: Array(5000).fill('\n') } }), /model_type/],
  ['an activation of control characters', () => configOf({ feed_forward_proj: '\u001b[31m\n' }), /feed_forward_proj/],
  ['an activation of a megabyte', () => configOf({ feed_forward_proj: 'r'.repeat(2 ** 20) }), /feed_forward_proj/],
  [
    '100,000 architectures',
    () => JSON.stringify({ ...soundConfig, model_type: undefined, architectures: Array(100_000).fill({ x: 1 }) }),
    'opened',
  ],
  ['brackets', () => '['.repeat(2 ** 20), /nested/],
  ['__proto__', () => JSON.stringify(soundConfig).replace('{', '{"__proto__":{"num_layers":9},'), 'opened'],
  ['a number of answers beyond all', () => configOf({ max_length: 1e308, num_beams: -1 }), /num_beams|max_length/],
]

const model = (what: string, files: HostileFiles['files'], outcome: HostileFiles['outcome']): Entry => [
  what,
  { files, outcome, opens: 'model' },
]

/** Weights in safetensors, indices of shards and configs. */
export const hostileWeights: readonly Entry[] = [
  ...headers.map(([what, file, outcome]) =>
    model(`safetensors: ${what}`, () => ({ 'model.safetensors': file() }), outcome),
  ),
  ...indices.map(([what, index, outcome]) =>
    model(`index: ${what}`, () => ({ [indexName]: index(), 'a.safetensors': shard() }), outcome),
  ),
  ...configs.map(([what, config, outcome]) =>
    model(`config: ${what}`, () => ({ 'config.json': config(), 'model.safetensors': shard() }), outcome),
  ),
]
