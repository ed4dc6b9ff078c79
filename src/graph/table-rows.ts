/** Rows of a table, in the order of their numbers, into an array of their own. Numbers are copied as bits: see {@link putRows}. */
export function pickRows(table: Float32Array, rows: Int32Array, picked: Float32Array): void {
  const width = picked.length / rows.length
  const [from, to] = [bitsOf(table), bitsOf(picked)]
  rows.forEach((row, at) => {
    to.set(from.subarray(row * width, (row + 1) * width), at * width)
  })
}

/**
 * Puts rows that {@link pickRows} gave back into their table; the table's other rows stay as they are.
 *
 * As bits: where a processor takes denormal numbers for zero, copies of numbers would lose them.
 */
export function putRows(picked: Float32Array, rows: Int32Array, table: Float32Array): void {
  const width = picked.length / rows.length
  const [from, to] = [bitsOf(picked), bitsOf(table)]
  rows.forEach((row, at) => {
    to.set(from.subarray(at * width, (at + 1) * width), row * width)
  })
}

function bitsOf({ buffer, byteOffset, length }: Float32Array): Int32Array {
  return new Int32Array(buffer, byteOffset, length)
}
