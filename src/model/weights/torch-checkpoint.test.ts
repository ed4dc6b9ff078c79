import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { storedZip } from '../../../test/rig/torch-file.ts'
import { Fault } from '../../base/fault.ts'
import { elementCount } from '../../graph/tensor.ts'
import { RandomAccessFile } from './random-access-file.ts'
import { readStoredTensor } from './stored-tensor.ts'
import { readTorchCheckpoint } from './torch-checkpoint.ts'

const fixtures = join(import.meta.dirname, '../../../test/fixtures/weight-formats')
const temporary = mkdtempSync(join(tmpdir(), 'reteach-torch-'))
afterAll(() => rmSync(temporary, { recursive: true }))

/** The message of the fault that a file of these bytes gives. */
function messageOf(bytes: Uint8Array): string {
  const path = join(temporary, 'pytorch_model.bin')
  writeFileSync(path, bytes)
  const file = new RandomAccessFile(path)
  try {
    readTorchCheckpoint(file)
  } catch (error) {
    expect(error).toBeInstanceOf(Fault)
    return (error as Fault).message
  } finally {
    file.close()
  }
  throw new Error('The file was read')
}

test('readTorchCheckpoint() reads views, slices, integers and shared storages', async () => {
  const expected = JSON.parse(readFileSync(join(fixtures, 'strides.expected.json'), 'utf8')) as Record<
    string,
    number[][]
  >
  const file = new RandomAccessFile(join(fixtures, 'strides.bin'))
  const tensors = readTorchCheckpoint(file)
  expect(tensors.map(({ name }) => name).sort()).toEqual(Object.keys(expected).sort())
  for (const tensor of tensors) {
    const values = new Float32Array(elementCount(tensor.shape))
    await readStoredTensor(tensor, values)
    expect([...values], tensor.name).toEqual(expected[tensor.name]!.flat())
  }
  file.close()
})

test('readTorchCheckpoint() refuses big-endian numbers and a view beyond its storage', () => {
  const bytes = readFileSync(join(fixtures, 'strides.bin'))
  const swapped = Buffer.from(bytes)
  swapped.write('big', swapped.indexOf('little'), 'latin1')
  expect(messageOf(swapped)).toContain('its numbers are big-endian')
  const beyond = Buffer.from(bytes)
  // BININT1 4, BININT1 6, TUPLE2: the shape of "shared_a"; its first size becomes 5.
  const shape = beyond.lastIndexOf(Buffer.from([0x4b, 4, 0x4b, 6, 0x86]))
  beyond[shape + 1] = 5
  expect(messageOf(beyond)).toContain('the tensor "shared_a" reaches 30 elements into a storage of 24')
})

test('readTorchCheckpoint() refuses an archive whose members share bytes', () => {
  const [first, second] = [
    { name: 'archive/data.pkl', bytes: Buffer.from('x'.repeat(100)) },
    { name: 'archive/data/0', bytes: Buffer.alloc(8) },
  ]
  const told = /its members "archive\/data.pkl" and "archive\/data\/0" overlap$/u
  expect(messageOf(storedZip([{ ...first, says: { size: 200 } }, second]))).toMatch(told)
  expect(messageOf(storedZip([second, { ...first, says: { at: 0 } }]))).toMatch(/overlap$/u)
  // Side by side they do not, and the pickle is looked at.
  expect(messageOf(storedZip([first, second]))).not.toMatch(/overlap/u)
})

/** A legacy file around a pickle of the state dict, without storages. */
function legacy(...stateDict: (string | number)[]): Buffer {
  const pickle = (...body: (string | number)[]) => [0x80, 2, ...body, '.']
  const magic = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
  const parts = [pickle(...magic), pickle('M', 0xe9, 3), pickle('}'), pickle(...stateDict), pickle(']')]
  return Buffer.concat(parts.flat().map((part) => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part))))
}

test('readTorchCheckpoint() reads an empty legacy state dict, the frame of the cases below', () => {
  const path = join(temporary, 'empty.bin')
  writeFileSync(path, legacy('}'))
  const file = new RandomAccessFile(path)
  expect(readTorchCheckpoint(file)).toEqual([])
  file.close()
})

test('readTorchCheckpoint() reads a storage that is a view of another, as torch before 0.4 wrote them', async () => {
  const view = ['(', 'U', 1, '8', 'K', 2, 'K', 4, 't']
  const storage = [
    '(',
    'U',
    7,
    'storage',
    'ctorch\nFloatStorage\n',
    'U',
    1,
    '7',
    'U',
    3,
    'cpu',
    'K',
    6,
    ...view,
    't',
    'Q',
  ]
  // Offset 1 in the view, shape [3], stride 1.
  const tensor = ['ctorch._utils\n_rebuild_tensor\n', '(', ...storage, 'K', 1, 'K', 3, 0x85, 'K', 1, 0x85, 't', 'R']
  const keys = Buffer.from([0x80, 2, ...Buffer.from(']U\x017a.')])
  const head = legacy('}', 'U', 1, 'x', ...tensor, 's').subarray(0, -4)
  const data = Buffer.from(Float32Array.of(10, 11, 12, 13, 14, 15).buffer)
  const path = join(temporary, 'view.bin')
  writeFileSync(path, Buffer.concat([head, keys, Buffer.of(6, 0, 0, 0, 0, 0, 0, 0), data]))
  const file = new RandomAccessFile(path)
  const values = new Float32Array(3)
  await readStoredTensor(readTorchCheckpoint(file)[0]!, values)
  file.close()
  expect([...values]).toEqual([13, 14, 15])
})

test.each([
  ['a function of Python', ['cposix\nsystem\n', 'X', 2, 0, 0, 0, 'ls', 0x85, 'R'], 'asks for "posix.system"'],
  ['a function named on the stack', [0x8c, 8, 'builtins', 0x8c, 4, 'eval', 0x93], 'asks for "builtins.eval"'],
  ['a class of torch', ['ctorch.nn.modules.linear\nLinear\n', ')', 0x81], 'asks for "torch.nn.modules.linear.Linear"'],
  [
    'an import by attribute of an allowed name',
    ['ctorch\nFloatStorage.__init__\n'],
    'asks for "torch.FloatStorage.__init__"',
  ],
  ['a call of a type', ['ctorch\nFloatStorage\n', ')', 'R'], 'calls "torch.FloatStorage", which is only a type'],
  ['a call of a value', ['K', 1, ')', 'R'], 'calls a plain value'],
  ['an instance', ['(', 'cposix\nsystem\n', 'o'], 'asks for "posix.system"'],
  ['an extension', [0x82, 1], 'the pickle instruction 0x82'],
  ['a list', [']'], 'it does not hold a dict of tensors'],
  ['an entry that is no tensor', ['}', 'U', 1, 'a', 'K', 1, 's'], 'its entry "a" is not a tensor'],
  [
    'a whole model',
    ['ctransformers.models.t5.modeling_t5\nT5ForConditionalGeneration\n', ')', 0x81],
    'it is a whole pickled model and not its weights: load it in Python and call its save_pretrained',
  ],
  [
    'a part of Lightning',
    ['cpytorch_lightning.utilities.parsing\nAttributeDict\n', ')', 0x81],
    'it is a checkpoint of Lightning: load it in Python',
  ],
  [
    'a checkpoint of Lightning',
    ['}', 'U', 10, 'state_dict', '}', 's', 'U', 25, 'pytorch-lightning_version', 'U', 1, '2', 's'],
    'it is a checkpoint of Lightning, whose weights are its "state_dict": load them in Python',
  ],
  [
    'the state of a program',
    ['}', 'U', 16, 'model_state_dict', '}', 's'],
    'it is the state of a training program, whose weights are its "model_state_dict"',
  ],
  ['a pop of nothing', ['0'], 'takes more than it put down'],
  ['a memo that was never set', ['h', 7], 'recalls value 7'],
  ['items for a number', ['K', 1, '(', 'u'], 'sets items of something other than a dict'],
  ['attributes for a list', [']', '}', 'b'], 'sets attributes of something other than a dict'],
  ['a storage without a type', ['(', 'U', 7, 'storage', 'N', 't', 'Q'], 'names a storage in an unknown way'],
  ['a tensor of nothing', ['ctorch._utils\n_rebuild_tensor_v2\n', ')', 'R'], 'without a proper storage'],
  ['a text that claims 3 GB', ['X', 0, 0, 0, 0xc0], 'ends inside its description'],
])('readTorchCheckpoint() refuses %s', (_, stateDict, problem) => {
  expect(messageOf(legacy(...stateDict))).toContain(problem)
})

test('readTorchCheckpoint() stops at a million instructions', () => {
  expect(messageOf(legacy('N'.repeat(1_000_001)))).toContain('more than 1000000 instructions')
})

/** A pair of pairs of pairs: 3 bytes a level, and 2^100 items as text. */
const pairs: (string | number)[] = [']', ...Array.from({ length: 100 }, () => ['2', 0x86]).flat()]
/** A list that holds itself. */
const ring: (string | number)[] = [']', '2', 'a']
const dict = 'ccollections\nOrderedDict\n'

test.each([
  ['as a name', [...pairs, ...pairs, 0x93], 'asks for "a list.a list"'],
  ['as a key', ['}', ...pairs, 'K', 1, 's'], 'its entry "a list" is not a tensor'],
  ['that holds itself as a key', ['}', ...ring, 'K', 1, 's'], 'its entry "a list" is not a tensor'],
  ['as a storage', [...pairs, 'Q'], 'names a storage in an unknown way'],
  ['as a tensor', ['ctorch._utils\n_rebuild_tensor_v2\n', ...pairs, 'R'], 'without a proper storage'],
  ['as what is called', [...pairs, ')', 'R'], 'calls a plain value'],
  ['as pairs', [dict, ...pairs, 0x85, 'R'], 'it does not hold a dict|other than pairs|its entry'],
])('readTorchCheckpoint() does not unfold nested lists %s', (_, stateDict, problem) => {
  const begun = performance.now()
  expect(messageOf(legacy(...stateDict))).toMatch(new RegExp(problem))
  expect(performance.now() - begun).toBeLessThan(20_000)
})

test('readTorchCheckpoint() does not make one list into dicts again and again', () => {
  const many = 2000
  const list = [']', '(', ...Array.from({ length: many }, () => ['K', 1, 'K', 2, 0x86]).flat(), 'e', 'q', 1]
  const again = Array.from({ length: many }, () => [dict, 'h', 1, 0x85, 'R', '0']).flat()
  expect(messageOf(legacy(...list, ...again, '}'))).toContain('makes dicts of more than 1000000 pairs')
})
