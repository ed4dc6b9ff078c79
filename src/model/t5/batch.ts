import type { Tensor } from '../../graph/tensor.ts'
import type { Batch, Example } from '../family.ts'
import type { T5Config } from './config.ts'
import { relativePositionBuckets } from './position.ts'

/** Added to the score of a position that must not be seen: its weight becomes exactly 0. */
export const hidden = -1e30

/**
 * Lays examples end to end without padding, as {@link t5LessonGraph} takes them.
 *
 *   targets [[71, 9, 1], [13, 1]] -> labels [71, 9, 1, 13, 1], decoder ids [0, 71, 9, 0, 13]
 *
 * Extents: B examples, N source tokens and M target tokens in all, the longest S and T.
 *
 * @throws {RangeError} on an empty source or target, and on ids outside the vocabulary
 */
export function packBatch(config: T5Config, examples: readonly Example[]): Batch {
  const heads = config.numHeads
  const source = packSide(
    config,
    examples.map((example) => example.source),
    'source',
  )
  const target = packSide(
    config,
    examples.map((example) => example.target),
    'target',
  )
  const decoderIds = new Int32Array(target.ids.length)
  for (let b = 0; b < examples.length; b++) {
    const begin = target.offsets[b]!
    decoderIds[begin] = config.decoderStartTokenId
    decoderIds.set(target.ids.subarray(begin, target.offsets[b + 1]! - 1), begin + 1)
  }
  const extents = passExtents(examples)
  const { B, N, M, S, T } = extents
  const sourceLayout = headLayout(source.offsets, S, heads)
  const targetLayout = headLayout(target.offsets, T, heads)
  const sourceRows = headLayout(source.offsets, S, 1)
  return {
    extents,
    targetOffsets: target.offsets,
    inputs: {
      source_ids: int64(source.ids, [N]),
      decoder_ids: int64(decoderIds, [M]),
      labels: int64(target.ids, [M]),
      source_to_heads: { type: 'int64', data: sourceLayout.toHeads, dims: [B, heads, S] },
      source_from_heads: { type: 'int64', data: sourceLayout.fromHeads, dims: [N, heads] },
      source_to_rows: { type: 'int64', data: sourceRows.toHeads, dims: [B, S] },
      source_from_rows: { type: 'int64', data: sourceRows.fromHeads, dims: [N] },
      target_to_heads: { type: 'int64', data: targetLayout.toHeads, dims: [B, heads, T] },
      target_from_heads: { type: 'int64', data: targetLayout.fromHeads, dims: [M, heads] },
      source_padding: { type: 'float', data: paddingBias(source.offsets, S), dims: [B, 1, 1, S] },
      causal: { type: 'float', data: causalBias(T), dims: [1, 1, T, T] },
      source_buckets: {
        type: 'int64',
        data: relativePositionBuckets(config, S, S, { bidirectional: true }),
        dims: [S, S],
      },
      target_buckets: {
        type: 'int64',
        data: relativePositionBuckets(config, T, T, { bidirectional: false }),
        dims: [T, T],
      },
    },
  }
}

/** What the symbols of a lesson graph's shapes stand for in a pass. */
export type PassExtents = Readonly<Record<'B' | 'N' | 'M' | 'S' | 'T', number>>

/** The extents of a pass over some examples: their number, all tokens and the longest of sources and targets. */
export function passExtents(examples: readonly Example[]): PassExtents {
  const extents = { B: examples.length, N: 0, M: 0, S: 0, T: 0 }
  for (const { source, target } of examples) {
    extents.N += source.length
    extents.M += target.length
    extents.S = Math.max(extents.S, source.length)
    extents.T = Math.max(extents.T, target.length)
  }
  return extents
}

/** Elements of the largest tensor that a lesson graph makes of some examples: scores of tokens, attention, or inner activations. */
export function largestTensor(config: T5Config, examples: readonly Example[]): number {
  const lengths = (side: 'source' | 'target'): number[] => examples.map((example) => example[side].length)
  const [sources, targets] = [lengths('source'), lengths('target')]
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, length) => total + length, 0)
  const [longestSource, longestTarget] = [Math.max(...sources), Math.max(...targets)]
  const attention = examples.length * config.numHeads * Math.max(longestSource, longestTarget) ** 2
  const inner = Math.max(config.dFf, config.dModel, config.numHeads * config.dKv)
  return Math.max(sum(targets) * config.vocabSize, attention, Math.max(sum(sources), sum(targets)) * inner)
}

/**
 * The inputs that an encoder alone takes.
 *
 * @param memoryLength to which what the decoder reads of each source is padded
 */
export function packSources(
  config: T5Config,
  sources: readonly Int32Array[],
  memoryLength: number,
): Record<string, Tensor> {
  const { ids, offsets, longest } = packSide(config, sources, 'source')
  const heads = config.numHeads
  const { toHeads, fromHeads } = headLayout(offsets, longest, heads)
  const B = sources.length
  const memoryToHeads = longest === memoryLength ? toHeads : headLayout(offsets, memoryLength, heads).toHeads
  return {
    memory_to_heads: { type: 'int64', data: memoryToHeads, dims: [B, heads, memoryLength] },
    source_ids: int64(ids, [ids.length]),
    source_to_heads: { type: 'int64', data: toHeads, dims: [B, heads, longest] },
    source_from_heads: { type: 'int64', data: fromHeads, dims: [ids.length, heads] },
    source_padding: { type: 'float', data: paddingBias(offsets, longest), dims: [B, 1, 1, longest] },
    source_buckets: {
      type: 'int64',
      data: relativePositionBuckets(config, longest, longest, { bidirectional: true }),
      dims: [longest, longest],
    },
  }
}

/** Hides what is no token of a source from the decoder, [B, 1, 1, the longest]. */
export function sourcePadding(sources: readonly Int32Array[]): Tensor {
  const { offsets, longest } = layoutOf(sources)
  return { type: 'float', data: paddingBias(offsets, longest), dims: [sources.length, 1, 1, longest] }
}

interface PackedSide {
  readonly ids: Int32Array
  /** [B + 1] */
  readonly offsets: Int32Array
  readonly longest: number
}

function packSide(config: T5Config, rows: readonly Int32Array[], side: string): PackedSide {
  const empty = rows.findIndex(({ length }) => length === 0)
  if (empty >= 0) throw new RangeError(`Cannot pack example ${empty} as its ${side} has no tokens`)
  const { offsets, longest } = layoutOf(rows)
  const ids = new Int32Array(offsets[rows.length]!)
  rows.forEach((row, b) => {
    ids.set(row, offsets[b]!)
  })
  for (const id of ids) {
    if (!(id >= 0 && id < config.vocabSize)) {
      throw new RangeError(`Cannot embed token id ${id} as the model's vocabulary ends at ${config.vocabSize - 1}`)
    }
  }
  return { ids, offsets, longest }
}

function layoutOf(rows: readonly Int32Array[]): Omit<PackedSide, 'ids'> {
  const offsets = new Int32Array(rows.length + 1)
  for (const [b, { length }] of rows.entries()) offsets[b + 1] = offsets[b]! + length
  return { offsets, longest: Math.max(0, ...rows.map(({ length }) => length)) }
}

function headLayout(
  offsets: Int32Array,
  length: number,
  heads: number,
): { toHeads: BigInt64Array; fromHeads: BigInt64Array } {
  const batch = offsets.length - 1
  const rows = offsets[batch]!
  const toHeads = new BigInt64Array(batch * heads * length).fill(BigInt(rows * heads))
  const fromHeads = new BigInt64Array(rows * heads)
  const [toWords, fromWords] = [lowWords(toHeads), lowWords(fromHeads)]
  for (let b = 0; b < batch; b++) {
    const begin = offsets[b]!
    const count = offsets[b + 1]! - begin
    for (let head = 0; head < heads; head++) {
      for (let position = 0; position < count; position++) {
        const packed = (begin + position) * heads + head
        const padded = (b * heads + head) * length + position
        toWords[padded * 2] = packed
        fromWords[packed * 2] = padded
      }
    }
  }
  return { toHeads, fromHeads }
}

function paddingBias(offsets: Int32Array, length: number): Float32Array {
  const batch = offsets.length - 1
  const bias = new Float32Array(batch * length)
  for (let b = 0; b < batch; b++) bias.fill(hidden, b * length + offsets[b + 1]! - offsets[b]!, (b + 1) * length)
  return bias
}

function causalBias(length: number): Float32Array {
  const bias = new Float32Array(length * length)
  for (let query = 0; query < length; query++) bias.fill(hidden, query * length + query + 1, (query + 1) * length)
  return bias
}

function int64(ids: Int32Array, dims: readonly number[]): Tensor {
  const data = new BigInt64Array(ids.length)
  const words = lowWords(data)
  for (let i = 0; i < ids.length; i++) words[i * 2] = ids[i]!
  return { type: 'int64', data, dims }
}

/**
 * The halves of int64 numbers, the lower one first as on every machine that Node runs on: numbers from 0 to 2^31 are written
 * into every other one without making a BigInt of each.
 */
function lowWords(numbers: BigInt64Array): Int32Array {
  return new Int32Array(numbers.buffer, numbers.byteOffset, numbers.length * 2)
}
