import { crc32 } from 'node:zlib'
import { bytesOfPickle, type Pickle, text, uint64 } from './pickle-parts.ts'

/** What a checkpoint holds beside the pickle of its tensors. */
export interface TorchStorages {
  readonly [key: string]: Uint8Array
}

/** A checkpoint as `torch.save` wrote it before 1.6; of the pickle neither the protocol nor the end is given. */
export function legacyFile(stateDict: Pickle, storages: TorchStorages, bytesPerElement = 4): Buffer {
  const magic: Pickle = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
  const keys: Pickle = [']', '(', ...Object.keys(storages).flatMap(text), 'e']
  const parts = [magic, ['M', 0xe9, 3], ['}'], stateDict, keys] satisfies Pickle[]
  const pickles = parts.map((part) => bytesOfPickle([0x80, 2, ...part, '.']))
  const data = Object.values(storages).flatMap((bytes) => [uint64(bytes.length / bytesPerElement), bytes])
  return Buffer.concat([...pickles, ...data])
}

/** A checkpoint as a zip archive. */
export function zipFile(stateDict: Pickle, storages: TorchStorages): Buffer {
  return storedZip([
    { name: 'archive/data.pkl', bytes: bytesOfPickle([0x80, 2, ...stateDict, '.']) },
    ...Object.entries(storages).map(([key, bytes]) => ({ name: `archive/data/${key}`, bytes })),
  ])
}

export interface ZipPart {
  readonly name: string
  readonly bytes: Uint8Array
  /** What the archive says of it, where that is a lie. */
  readonly says?: { readonly size?: number; readonly at?: number; readonly method?: number; readonly flags?: number }
}

/** A zip archive whose members are stored as they are. @param says lies of the directory's end record */
export function storedZip(
  parts: readonly ZipPart[],
  says: { readonly entries?: number; readonly directoryAt?: number; readonly directoryBytes?: number } = {},
): Buffer {
  const local: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const { name, bytes, says: lies = {} } of parts) {
    const path = Buffer.from(name)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(lies.flags ?? 0, 2)
    common.writeUInt16LE(lies.method ?? 0, 4)
    common.writeUInt32LE(crc32(bytes), 10)
    common.writeUInt32LE(lies.size ?? bytes.length, 14)
    common.writeUInt32LE(lies.size ?? bytes.length, 18)
    common.writeUInt16LE(path.length, 22)
    const behind = Buffer.alloc(14)
    behind.writeUInt32LE(lies.at ?? at, 10)
    directory.push(Buffer.from('PK\u0001\u0002\u0014\u0000', 'latin1'), common, behind, path)
    const member = [Buffer.from('PK\u0003\u0004', 'latin1'), common, path, Buffer.from(bytes)]
    local.push(...member)
    at += member.reduce((sum, part) => sum + part.length, 0)
  }
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\u0005\u0006', 'latin1')
  end.writeUInt16LE((says.entries ?? parts.length) & 0xffff, 8)
  end.writeUInt16LE((says.entries ?? parts.length) & 0xffff, 10)
  end.writeUInt32LE(says.directoryBytes ?? central.length, 12)
  end.writeUInt32LE(says.directoryAt ?? at, 16)
  return Buffer.concat([...local, central, end])
}
