import { Fault } from '../../base/fault.ts'
import { fetchAgain } from '../../base/read-fault.ts'
import type { RandomAccessFile } from './random-access-file.ts'

/** A file in a zip archive that was stored without compression. */
interface ZipMember {
  readonly name: string
  /** Where its bytes begin in the archive. */
  readonly position: number
  readonly size: number
}

/**
 * Lists a zip archive by its central directory (also zip64), as torch writes them: stored, never compressed.
 *
 * @throws {Fault} when the directory is missing (a cut file) or damaged, or a member is compressed or encrypted
 */
export function readZipMembers(file: RandomAccessFile): Map<string, ZipMember> {
  const { entries, start, size } = findDirectory(file)
  const directory = file.read(start, size)
  const members = new Map<string, ZipMember>()
  let at = 0
  for (let entry = 0; entry < entries; entry++) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== 0x02014b50) fail(file, 'its directory is damaged')
    const nameEnd = at + 46 + directory.readUInt16LE(at + 28)
    const extraEnd = nameEnd + directory.readUInt16LE(at + 30)
    if (extraEnd > directory.length) fail(file, 'its directory is damaged')
    const name = directory.toString('utf8', at + 46, nameEnd)
    const compressed = directory.readUInt16LE(at + 10) !== 0
    const encrypted = (directory.readUInt16LE(at + 8) & 1) !== 0
    if (compressed || encrypted) {
      fail(file, `its member "${name}" is ${encrypted ? 'encrypted' : 'compressed'}, which torch never does`)
    }
    const sizes = [directory.readUInt32LE(at + 24), directory.readUInt32LE(at + 20), directory.readUInt32LE(at + 42)]
    const [memberSize, , header] = widen(file, sizes, directory.subarray(nameEnd, extraEnd)) as [number, number, number]
    members.set(name, { name, position: dataPosition(file, name, header, memberSize), size: memberSize })
    at = extraEnd + directory.readUInt16LE(at + 32)
  }
  refuseOverlaps(file, [...members.values()])
  return members
}

/** In a sound archive no byte belongs to two members. */
function refuseOverlaps(file: RandomAccessFile, members: ZipMember[]): void {
  const filled = members.filter(({ size }) => size > 0).sort((a, b) => a.position - b.position)
  for (const [i, { name, position }] of filled.entries()) {
    const before = filled[i - 1]
    if (before !== undefined && before.position + before.size > position) {
      fail(file, `its members "${before.name.slice(0, 80)}" and "${name.slice(0, 80)}" overlap`)
    }
  }
}

/** A directory of millions of members is no checkpoint. */
const maxDirectoryBytes = 64 * 2 ** 20

function findDirectory(file: RandomAccessFile): { entries: number; start: number; size: number } {
  // The end record is 22 bytes and a comment of up to 65,535.
  const tailStart = Math.max(0, file.size - 22 - 65535)
  const tail = file.read(tailStart, file.size - tailStart)
  let at = tail.length - 22
  while (at >= 0 && tail.readUInt32LE(at) !== 0x06054b50) at--
  if (at < 0) {
    throw new Fault(
      `Cannot read "${file.path}" as a torch checkpoint: its zip directory at the end is missing, so it was cut or is damaged; ${fetchAgain(file.path)}`,
    )
  }
  let [entries, size, start] = [tail.readUInt16LE(at + 10), tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)]
  if (at >= 20 && tail.readUInt32LE(at - 20) === 0x07064b50) {
    const record = file.read(Number(tail.readBigUInt64LE(at - 12)), 56)
    if (record.readUInt32LE(0) !== 0x06064b50) fail(file, 'its zip64 directory is damaged')
    entries = Number(record.readBigUInt64LE(32))
    size = Number(record.readBigUInt64LE(40))
    start = Number(record.readBigUInt64LE(48))
  }
  if (size > maxDirectoryBytes || entries > size / 46) fail(file, 'its directory is damaged')
  return { entries, start, size }
}

/** Sizes of 2^32 - 1 stand for 64-bit ones in the extra field with id 1, in their order. */
function widen(file: RandomAccessFile, values: readonly number[], extra: Buffer): number[] {
  let wide: Buffer | undefined
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) === 1) wide = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2))
  }
  let used = 0
  return values.map((value) => {
    if (value !== 0xffffffff) return value
    if (wide === undefined || used + 8 > wide.length) fail(file, 'its directory is damaged')
    used += 8
    return Number(wide.readBigUInt64LE(used - 8))
  })
}

/** The data follows the member's own header, whose name and padding may differ from the directory's. */
function dataPosition(file: RandomAccessFile, name: string, header: number, size: number): number {
  const bytes = file.read(header, 30)
  if (bytes.readUInt32LE(0) !== 0x04034b50) fail(file, `its member "${name}" is not where the directory says`)
  const position = header + 30 + bytes.readUInt16LE(26) + bytes.readUInt16LE(28)
  if (position + size > file.size) fail(file, `its member "${name}" reaches beyond the end`)
  return position
}

function fail(file: RandomAccessFile, reason: string): never {
  throw new Fault(`Cannot read "${file.path}" as a zip archive: ${reason}`)
}
