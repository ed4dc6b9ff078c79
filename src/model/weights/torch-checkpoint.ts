import { Fault } from '../../base/fault.ts'
import { fetchAgain } from '../../base/read-fault.ts'
import { ByteCursor } from './byte-cursor.ts'
import { type PickleHooks, readPickle, shownValue } from './pickle.ts'
import type { RandomAccessFile } from './random-access-file.ts'
import { bytesPerElement, type StoredTensor } from './stored-tensor.ts'
import { checkpointHooks, stateDictTensors } from './torch-storage.ts'
import { readZipMembers } from './zip-members.ts'

/**
 * Reads the description of a state dict that `torch.save` wrote: the zip format since torch 1.6 or the one before.
 *
 * @returns the tensors in the order of the dict
 * @throws {Fault} when the file is something else, is cut, or its pickle holds anything but tensors
 */
export function readTorchCheckpoint(file: RandomAccessFile): StoredTensor[] {
  const start = file.read(0, Math.min(file.size, 512))
  if (start.toString('latin1', 0, 4) === 'PK\x03\x04') return readZipCheckpoint(file)
  if (start.toString('latin1', 257, 262) === 'ustar') fail(file, 'it is a tar file from before torch 0.2')
  if (start[0] !== protoCode) fail(file, 'it begins neither as a zip archive nor as a pickle')
  return readLegacyCheckpoint(file)
}

const protoCode = 0x80

/** `<any>/data.pkl` describes the tensors, `<any>/data/<key>` are the storages. */
function readZipCheckpoint(file: RandomAccessFile): StoredTensor[] {
  const members = readZipMembers(file)
  const pickle = [...members.values()].find(({ name }) => /^[^/]*\/data\.pkl$/.test(name))
  if (pickle === undefined) fail(file, 'it is a zip archive without "data.pkl"')
  const prefix = pickle.name.slice(0, -'data.pkl'.length)
  const byteOrder = members.get(`${prefix}byteorder`)
  if (byteOrder !== undefined && file.read(byteOrder.position, Math.min(byteOrder.size, 3)).toString() === 'big') {
    fail(file, 'its numbers are big-endian')
  }
  const hooks = checkpointHooks(file)
  const stateDict = readPickle(new ByteCursor(file, pickle.position, pickle.position + pickle.size), hooks)
  const positions = new Map<string, number>()
  for (const { key, type, elements } of hooks.storages.values()) {
    const member = members.get(`${prefix}data/${key}`)
    if (member === undefined) fail(file, `its member "${prefix}data/${key}" is missing`)
    const wanted = elements * bytesPerElement[type]
    if (member.size < wanted) fail(file, `its member "${member.name}" has ${member.size} bytes, expected ${wanted}`)
    positions.set(key, member.position)
  }
  return stateDictTensors(file, stateDict, positions)
}

/**
 * Pickles of a magic number, the protocol version, facts about the machine, the state dict and the list of storage
 * keys; then each storage: its number of elements in 8 bytes and its data.
 */
function readLegacyCheckpoint(file: RandomAccessFile): StoredTensor[] {
  const cursor = new ByteCursor(file, 0, file.size)
  const plain = plainHooks(file)
  const magic = readPickle(cursor, plain)
  if (magic !== legacyMagic) fail(file, 'it is a pickle but not one of torch')
  const version = readPickle(cursor, plain)
  if (version !== 1001) fail(file, `it has the format version ${shownValue(version)}, expected 1001`)
  const machine = readPickle(cursor, plain)
  if (machine instanceof Map && machine.get('little_endian') === false) fail(file, 'its numbers are big-endian')
  const hooks = checkpointHooks(file)
  const stateDict = readPickle(cursor, hooks)
  const keys = readPickle(cursor, plain)
  if (!Array.isArray(keys)) fail(file, 'its list of storages is damaged')
  const positions = new Map<string, number>()
  let position = cursor.position
  for (const key of keys) {
    const storage = hooks.storages.get(key)
    if (storage === undefined) fail(file, `no tensor uses its storage ${JSON.stringify(shownValue(key))}`)
    const elements = file.read(position, 8).readBigInt64LE()
    if (elements !== BigInt(storage.elements)) {
      fail(file, `its storage "${storage.key.slice(0, 80)}" has ${elements} elements, expected ${storage.elements}`)
    }
    positions.set(storage.key, position + 8)
    position += 8 + storage.elements * bytesPerElement[storage.type]
  }
  if (position > file.size) {
    throw new Fault(
      `Cannot read "${file.path}": it ends after ${file.size} bytes where ${position} were expected, so it was cut or is damaged; ${fetchAgain(file.path)}`,
    )
  }
  return stateDictTensors(file, stateDict, positions)
}

const legacyMagic = 0x1950a86a20f9469cfc6cn

/** For the parts of a legacy file that hold plain data. */
function plainHooks(file: RandomAccessFile): PickleHooks {
  return { globals: new Map(), persistent: () => fail(file, 'it names a storage outside its tensors') }
}

function fail(file: RandomAccessFile, reason: string): never {
  throw new Fault(`Cannot read "${file.path}" as a torch checkpoint: ${reason}`)
}
