import type { T5Config } from './config.ts'

/**
 * The bucket of the relative position bias for every pair of positions.
 *
 * Half of the buckets hold one distance each, the other half grow logarithmically up to `maxDistance`.
 * In the encoder the buckets are shared out between keys before and after the query.
 *
 * @returns row-major [queries, keys]; query i stands at position `firstQuery + i`
 * Source: same result as `T5Attention._relative_position_bucket` in transformers' modeling_t5.py.
 */
export function relativePositionBuckets(
  config: Pick<T5Config, 'relativeAttentionNumBuckets' | 'relativeAttentionMaxDistance'>,
  queries: number,
  keys: number,
  options: { bidirectional: boolean; firstQuery?: number },
): BigInt64Array {
  const { bidirectional, firstQuery = 0 } = options
  const buckets = new BigInt64Array(queries * keys)
  if (buckets.length === 0) return buckets
  // A bucket depends on the distance alone, so that each query sees a stretch of the same row.
  const farthest = firstQuery + queries - 1
  const byDistance = BigInt64Array.from({ length: queries - 1 + keys }, (_, at) =>
    BigInt(relativePositionBucket(config, at - farthest, bidirectional)),
  )
  for (let query = 0; query < queries; query++) {
    const first = queries - 1 - query
    buckets.set(byDistance.subarray(first, first + keys), query * keys)
  }
  return buckets
}

function relativePositionBucket(
  config: Pick<T5Config, 'relativeAttentionNumBuckets' | 'relativeAttentionMaxDistance'>,
  relativePosition: number,
  bidirectional: boolean,
): number {
  let buckets = config.relativeAttentionNumBuckets
  let first = 0
  let distance: number
  if (bidirectional) {
    buckets = Math.floor(buckets / 2)
    if (relativePosition > 0) first = buckets
    distance = Math.abs(relativePosition)
  } else {
    distance = Math.max(0, -relativePosition)
  }
  const exact = Math.floor(buckets / 2)
  if (distance < exact) return first + distance
  // The reference computes this in float32, operation by operation; a float64 result can fall on the other side of a boundary.
  const f = Math.fround
  const ratio = f(f(Math.log(f(distance / exact))) / f(Math.log(config.relativeAttentionMaxDistance / exact)))
  const grown = exact + Math.trunc(f(ratio * (buckets - exact)))
  return first + Math.min(grown, buckets - 1)
}
