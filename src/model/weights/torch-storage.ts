import { Fault } from '../../base/fault.ts'
import { PickleGlobal, type PickleHooks, shownValue } from './pickle.ts'
import type { RandomAccessFile } from './random-access-file.ts'
import { bytesPerElement, type StoredTensor, type StoredType, spannedElements } from './stored-tensor.ts'

/** A run of numbers that tensors are views of, as the pickle names it. */
interface TorchStorage {
  readonly key: string
  readonly type: StoredType
  /** Length of the whole storage, in elements. */
  readonly elements: number
  /** Where this view of the storage begins and how long it is, in elements (files from before torch 0.4 have such views). */
  readonly viewStart: number
  readonly viewElements: number
}

/** A view of a storage, before it is known where in the file the storage lies. */
class TorchTensor {
  readonly storage: TorchStorage
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]

  constructor(storage: TorchStorage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage
    this.offset = offset
    this.shape = shape
    this.strides = strides
  }
}

/** What a checkpoint's pickle may use: dicts, storages and the functions that make tensors of them. */
export function checkpointHooks(
  file: RandomAccessFile,
): PickleHooks & { readonly storages: Map<string, TorchStorage> } {
  const storages = new Map<string, TorchStorage>()
  const tensor = (args: readonly unknown[]) => rebuildTensor(file, args)
  let pairsMade = 0
  const dict = ([pairs = []]: readonly unknown[]) => {
    pairsMade += Array.isArray(pairs) ? pairs.length : 0
    // One list of pairs may be made into a dict again and again.
    if (pairsMade > maxPairs) fail(file, `it makes dicts of more than ${maxPairs} pairs`)
    return orderedDict(file, pairs ?? [])
  }
  const parameter = ([data]: readonly unknown[]) => data
  const globals = [
    new PickleGlobal('collections.OrderedDict', dict),
    new PickleGlobal('torch._utils._rebuild_tensor', tensor),
    new PickleGlobal('torch._utils._rebuild_tensor_v2', tensor),
    new PickleGlobal('torch._utils._rebuild_parameter', parameter),
    new PickleGlobal('torch._utils._rebuild_parameter_with_state', parameter),
    ...[...storageTypes.keys()].map((name) => new PickleGlobal(name)),
  ]
  return {
    globals: new Map(globals.map((global) => [global.name, global])),
    persistent: (id) => {
      const storage = readStorage(file, id)
      const known = storages.get(storage.key)
      if (known !== undefined && (known.type !== storage.type || known.elements !== storage.elements)) {
        fail(file, `it describes the storage "${storage.key.slice(0, 80)}" in two ways`)
      }
      storages.set(storage.key, storage)
      return storage
    },
    storages,
  }
}

/**
 * The tensors of an unpickled state dict, with their place in the file.
 *
 * @param positions byte position of each storage in the file, by key
 * @throws {Fault} when the value is no state dict or a view reaches beyond its storage
 */
export function stateDictTensors(
  file: RandomAccessFile,
  stateDict: unknown,
  positions: ReadonlyMap<string, number>,
): StoredTensor[] {
  if (!(stateDict instanceof Map)) fail(file, 'it does not hold a dict of tensors')
  const inner = ['state_dict', 'model_state_dict', 'model'].find((key) => stateDict.get(key) instanceof Map)
  if (inner !== undefined) {
    const what = stateDict.has('pytorch-lightning_version')
      ? 'a checkpoint of Lightning'
      : 'the state of a training program'
    fail(
      file,
      `it is ${what}, whose weights are its "${inner}": load them in Python and call save_pretrained of the model`,
    )
  }
  const tensors: StoredTensor[] = []
  for (const [name, value] of stateDict) {
    if (typeof name !== 'string' || !(value instanceof TorchTensor)) {
      fail(file, `its entry ${JSON.stringify(shownValue(name))} is not a tensor, so it is no plain state dict`)
    }
    const { storage, offset, shape, strides } = value
    const position = positions.get(storage.key)
    if (position === undefined) fail(file, `the data of the tensor "${name}" is missing`)
    const spanned = spannedElements(shape, strides)
    if (offset + spanned > storage.viewElements) {
      fail(file, `the tensor "${name}" reaches ${offset + spanned} elements into a storage of ${storage.viewElements}`)
    }
    const start = position + (storage.viewStart + offset) * bytesPerElement[storage.type]
    tensors.push({ name, file, type: storage.type, shape, strides, position: start })
  }
  return tensors
}

/** More than any model has parameters. */
const maxPairs = 1_000_000

const storageTypes: ReadonlyMap<string, StoredType> = new Map<string, StoredType>([
  ['torch.DoubleStorage', 'float64'],
  ['torch.FloatStorage', 'float32'],
  ['torch.HalfStorage', 'float16'],
  ['torch.BFloat16Storage', 'bfloat16'],
  ['torch.LongStorage', 'int64'],
  ['torch.IntStorage', 'int32'],
  ['torch.ShortStorage', 'int16'],
  ['torch.CharStorage', 'int8'],
  ['torch.ByteStorage', 'uint8'],
  ['torch.BoolStorage', 'bool'],
])

/** `('storage', type, key, device, elements)`, in old files with `(view key, start, elements)` or None behind it. */
function readStorage(file: RandomAccessFile, id: unknown): TorchStorage {
  const [tag, global, key, , elements, view] = Array.isArray(id) ? id : []
  const type = global instanceof PickleGlobal ? storageTypes.get(global.name) : undefined
  if (tag !== 'storage' || type === undefined || typeof key !== 'string' || !isCount(elements)) {
    fail(file, 'it names a storage in an unknown way')
  }
  const [, viewStart, viewElements] = Array.isArray(view) ? view : [null, 0, elements]
  if (!isCount(viewStart) || !isCount(viewElements) || viewStart + viewElements > elements) {
    fail(file, `a view reaches beyond the storage "${key.slice(0, 80)}"`)
  }
  return { key, type, elements, viewStart, viewElements }
}

/** `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks, metadata)`. */
function rebuildTensor(file: RandomAccessFile, args: readonly unknown[]): TorchTensor {
  const [storage, offset, shape, strides, , , metadata] = args
  if (
    !isStorage(storage) ||
    !isCount(offset) ||
    !isCounts(shape) ||
    !isCounts(strides) ||
    shape.length !== strides.length
  ) {
    fail(file, 'it describes a tensor without a proper storage, offset, shape and strides')
  }
  if (metadata instanceof Map && metadata.size > 0) fail(file, 'it holds a tensor that is a negated or conjugated view')
  return new TorchTensor(storage, offset, shape, strides)
}

function orderedDict(file: RandomAccessFile, list: unknown): Map<unknown, unknown> {
  if (!Array.isArray(list) || !list.every((pair) => Array.isArray(pair) && pair.length === 2)) {
    fail(file, 'it makes an OrderedDict of something other than pairs')
  }
  return new Map(list as [unknown, unknown][])
}

function isStorage(value: unknown): value is TorchStorage {
  return typeof value === 'object' && value !== null && 'viewElements' in value
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= 64 && value.every(isCount)
}

function fail(file: RandomAccessFile, reason: string): never {
  throw new Fault(`Cannot read "${file.path}" as a torch checkpoint: ${reason}`)
}
