/** The memory of numbers as bytes, little-endian as every machine that Node runs on. */
export function bytesOf(numbers: Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
}

/** The numbers that bytes are; a rest that makes no number is left out. @throws {RangeError} where they are not aligned */
export function numbersOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.byteLength / 4))
}
