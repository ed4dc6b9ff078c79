import { soundTensors } from './sound-model.ts'

/** Instructions of a pickle: texts as Latin-1, numbers as single bytes. */
export type Pickle = readonly (string | number | Uint8Array)[]

export function bytesOfPickle(pickle: Pickle): Buffer {
  return Buffer.concat(
    pickle.map((part) =>
      typeof part === 'number' ? Buffer.of(part) : typeof part === 'string' ? Buffer.from(part, 'latin1') : part,
    ),
  )
}

/** GLOBAL */
export const global = (module: string, name: string): Pickle => [`c${module}\n${name}\n`]

/** BINUNICODE */
export function text(value: string): Pickle {
  const bytes = Buffer.from(value)
  return ['X', uint32(bytes.length), bytes]
}

/** BININT or LONG1 */
export function int(value: number | bigint): Pickle {
  if (typeof value === 'number' && Math.abs(value) < 2 ** 31) {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32LE(value)
    return ['J', bytes]
  }
  const bytes = Buffer.alloc(9)
  bytes.writeBigInt64LE(BigInt.asIntN(64, BigInt(value)))
  bytes[8] = BigInt(value) < 0 ? 255 : 0
  return [0x8a, 9, bytes]
}

export const tuple = (...items: Pickle[]): Pickle => ['(', ...items.flat(), 't']
export const dict = (...items: Pickle[]): Pickle => ['}', '(', ...items.flat(), 'u']
export const ints = (values: readonly (number | bigint)[]): Pickle => tuple(...values.map(int))

/** BINPERSID of a storage, as torch writes it. */
export function storage(key: string, elements: Pickle, type = 'FloatStorage'): Pickle {
  return [...tuple(text('storage'), global('torch', type), text(key), text('cpu'), elements), 'Q']
}

/** A tensor that is a view of a storage. */
export function tensor(of: Pickle, offset: Pickle, shape: Pickle, strides: Pickle): Pickle {
  const hooks: Pickle = [...global('collections', 'OrderedDict'), ')', 'R']
  return [...global('torch._utils', '_rebuild_tensor_v2'), ...tuple(of, offset, shape, strides, [0x89], hooks), 'R']
}

/** The sound model's weights in one storage, called "0", as items of a dict. */
export function soundItems(elements: number): Pickle[] {
  const of = storage('0', int(elements))
  let offset = 0
  return soundTensors.map(({ name, shape, data }) => {
    const begin = offset
    offset += data.length
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1))
    return [...text(name), ...tensor(of, int(begin), ints(shape), ints(strides))]
  })
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

export function uint64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)))
  return bytes
}
