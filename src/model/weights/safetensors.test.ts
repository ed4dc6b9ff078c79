import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Fault } from '../../base/fault.ts'
import { RandomAccessFile } from './random-access-file.ts'
import { readSafetensors } from './safetensors.ts'
import { withoutWrappers } from './wrapped-names.ts'

const temporary = mkdtempSync(join(tmpdir(), 'reteach-safetensors-'))
afterAll(() => rmSync(temporary, { recursive: true }))

test.each([
  ['millions of brackets', '['.repeat(8e6), 'nested deeper'],
  ['brackets within a tensor', `{"a":{"dtype":"F32","shape":${'['.repeat(1e6)}`, 'nested deeper'],
  ['a header larger than any', ' '.repeat(17 * 2 ** 20), 'more than 16777216'],
  [
    'a product of sizes beyond a number',
    '{"a":{"dtype":"F32","shape":[9e15,9e15,9e15],"data_offsets":[0,4]}}',
    'but has 4',
  ],
])('readSafetensors() refuses %s before it fills the memory', (_, header, problem) => {
  const path = join(temporary, 'model.safetensors')
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  writeFileSync(path, Buffer.concat([length, Buffer.from(header), Buffer.alloc(4)]))
  const file = new RandomAccessFile(path)
  expect(() => readSafetensors(file)).toThrow(Fault)
  expect(() => readSafetensors(file)).toThrow(problem)
  file.close()
})

test('withoutWrappers() takes off a few, not the hundred thousand that a long name may have', () => {
  const file = {} as RandomAccessFile
  const tensor = { file, type: 'float32', shape: [1], strides: [1], position: 0 } as const
  const long = { ...tensor, name: `${'module.'.repeat(150_000)}x` }
  expect(withoutWrappers([long]).taken).toBe('module.'.repeat(16))
  expect(withoutWrappers([{ ...tensor, name: 'module._orig_mod.shared' }]).taken).toBe('module._orig_mod.')
})
