import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { seededRandom } from '../../base/random.ts'
import { GraphSession } from '../../engine/cpu/session.ts'
import { GraphBuilder } from '../../graph/builder.ts'
import { elementCount } from '../../graph/tensor.ts'
import { RandomAccessFile } from './random-access-file.ts'
import { readStoredTensor, type StoredTensor } from './stored-tensor.ts'

const temporary = mkdtempSync(join(tmpdir(), 'reteach-stored-'))
afterAll(() => rmSync(temporary, { recursive: true }))

function fileOf(content: NodeJS.ArrayBufferView): RandomAccessFile {
  const path = join(temporary, 'data')
  writeFileSync(path, content)
  return new RandomAccessFile(path)
}

async function valuesOf(tensor: StoredTensor): Promise<Float32Array> {
  const values = new Float32Array(elementCount(tensor.shape))
  await readStoredTensor(tensor, values)
  tensor.file.close()
  return values
}

/** The element at each index, row-major, by the definition of strides. */
function byDefinition(storage: ArrayLike<number>, offset: number, shape: number[], strides: number[]): number[] {
  let positions = [offset]
  shape.forEach((size, axis) => {
    positions = positions.flatMap((start) => Array.from({ length: size }, (_, i) => start + i * strides[axis]!))
  })
  return positions.map((position) => storage[position]!)
}

test('readStoredTensor() reads any shape and strides as their definition says', async () => {
  const random = seededRandom(4)
  const storage = Float32Array.from({ length: 4000 }, (_, i) => i + 0.5)
  for (let round = 0; round < 200; round++) {
    const axes = random.below(4)
    const shape = Array.from({ length: axes }, () => random.below(6))
    const strides = shape.map(() => random.below(3) * (1 + random.below(40)))
    const offset = random.below(100)
    const tensor = { name: 'x', file: fileOf(storage), type: 'float32' as const, shape, strides, position: offset * 4 }
    expect([...(await valuesOf(tensor))], `[${shape}] by [${strides}]`).toEqual(
      byDefinition(storage, offset, shape, strides),
    )
  }
})

test.each([
  ['float64', Float64Array.of(1 / 3, -1e300, 5e-324), [Math.fround(1 / 3), -Infinity, 0]],
  ['int64', BigInt64Array.of(-5n, 2n ** 40n, 0n), [-5, 2 ** 40, 0]],
  ['int32', Int32Array.of(-7, 2 ** 31 - 1, 0), [-7, 2 ** 31, 0]],
  ['int16', Int16Array.of(-7, 32767, 0), [-7, 32767, 0]],
  ['int8', Int8Array.of(-7, 127, 0), [-7, 127, 0]],
  ['uint8', Uint8Array.of(7, 255, 0), [7, 255, 0]],
  ['bool', Uint8Array.of(1, 0, 1), [1, 0, 1]],
  // 1, -2, the smallest subnormal; infinities and NaN below.
  ['float16', Uint16Array.of(0x3c00, 0xc000, 0x0001), [1, -2, 2 ** -24]],
  ['float16', Uint16Array.of(0x7c00, 0xfc00, 0x7e00), [Infinity, -Infinity, NaN]],
  ['float16', Uint16Array.of(0x7bff, 0x0400, 0x8000), [65504, 2 ** -14, -0]],
  ['bfloat16', Uint16Array.of(0x3f80, 0xc000, 0x0080), [1, -2, 2 ** -126]],
  ['bfloat16', Uint16Array.of(0x7f80, 0xff80, 0x7fc0), [Infinity, -Infinity, NaN]],
] as const)('readStoredTensor() widens %s', async (type, content, expected) => {
  const values = await valuesOf({ name: 'x', file: fileOf(content), type, shape: [3], strides: [1], position: 0 })
  expect([...values]).toEqual(expected)
})

test.each([
  ['bfloat16', Uint16Array.of(0x0001, 1, 0x8001, 1, 0)],
  ['float32', Uint32Array.of(0x00010000, 1, 0x80010000, 1, 0)],
] as const)('readStoredTensor() keeps the bits of a subnormal %s after a session was made', async (type, content) => {
  const g = new GraphBuilder()
  g.output('y', g.neg(g.input('x', 'float', [1])))
  await GraphSession.create(g)
  const values = await valuesOf({ name: 'x', file: fileOf(content), type, shape: [3], strides: [2], position: 0 })
  expect([...new Uint32Array(values.buffer)]).toEqual([0x00010000, 0x80010000, 0])
})

test('readStoredTensor() reads a tensor larger than its window in order, transposed and in halves', async () => {
  const [rows, columns] = [1500, 3001]
  const storage = Uint16Array.from({ length: rows * columns }, (_, i) => (Math.imul(i, 40503) >>> 3) & 0x7bff)
  const half = { name: 'x', type: 'bfloat16' as const, position: 0 }
  const plain = await valuesOf({ ...half, file: fileOf(storage), shape: [rows, columns], strides: [columns, 1] })
  const turned = await valuesOf({ ...half, file: fileOf(storage), shape: [columns, rows], strides: [1, columns] })
  const every = await valuesOf({ ...half, file: fileOf(storage), shape: [rows, 1001], strides: [columns, 3] })
  const value = (row: number, column: number) =>
    new Float32Array(Uint32Array.of(storage[row * columns + column]! << 16).buffer)[0]!
  const random = seededRandom(8)
  for (let i = 0; i < 20_000; i++) {
    const [row, column] = [random.below(rows), random.below(columns)]
    const wanted = value(row, column)
    if (plain[row * columns + column] !== wanted || turned[column * rows + row] !== wanted) {
      throw new Error(`Element ${row}, ${column} differs`)
    }
    if (column < 1001 && every[row * 1001 + column] !== value(row, column * 3)) throw new Error(`Gap ${row}, ${column}`)
  }
})

test('readStoredTensor() refuses a long view that overlaps itself, and reads a short one', async () => {
  const storage = new Float32Array(3_000_000)
  const tensor = { name: 'x', type: 'float32' as const, position: 0, strides: [1, 1] }
  await expect(valuesOf({ ...tensor, file: fileOf(storage), shape: [3, 2_500_000] })).rejects.toThrow('overlaps itself')
  expect(await valuesOf({ ...tensor, file: fileOf(storage), shape: [3, 1000] })).toHaveLength(3000)
})
