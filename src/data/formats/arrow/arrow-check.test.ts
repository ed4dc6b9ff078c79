import { Dictionary, Field, Int32, makeData, RecordBatch, Schema, Struct, Utf8, vectorFromArray } from 'apache-arrow'
import { expect, test } from 'vitest'
import { checkRecordBatch } from './arrow-check.ts'

function batchOf(indices: number[], nullBitmap?: Uint8Array): RecordBatch {
  const type = new Dictionary(new Utf8(), new Int32())
  const column = makeData({
    type,
    length: indices.length,
    nullCount: nullBitmap === undefined ? 0 : 1,
    nullBitmap,
    data: Int32Array.from(indices),
    dictionary: vectorFromArray(['good', 'bad'], new Utf8()),
  })
  const schema = new Schema([new Field('label', type, true)])
  const struct = new Struct(schema.fields)
  return new RecordBatch(schema, makeData({ type: struct, length: indices.length, children: [column] }))
}

test('checkRecordBatch() refuses indices beyond their dictionary, but for those of absent values', () => {
  checkRecordBatch(batchOf([0, 1, 1]))
  checkRecordBatch(batchOf([0, 99, 1], Uint8Array.of(0b101)))
  expect(() => checkRecordBatch(batchOf([0, 2]))).toThrow('entry 2 of a dictionary of 2 in column label')
  expect(() => checkRecordBatch(batchOf([-1]))).toThrow('entry -1 of a dictionary of 2 in column label')
})
