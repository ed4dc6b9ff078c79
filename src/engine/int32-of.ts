/** Numbers from 0 to 2^31 as int32: the lower half of each, which comes first, without making a BigInt of each. */
export function int32Of(numbers: BigInt64Array): Int32Array {
  return new Int32Array(numbers.buffer, numbers.byteOffset, numbers.length * 2).filter((_, at) => at % 2 === 0)
}
