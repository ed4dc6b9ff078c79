import { isUtf8 } from 'node:buffer'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readSmallFile } from '../../base/bounds/small-file.ts'
import { Fault } from '../../base/fault.ts'
import { refuseLfsPointer } from '../../base/lfs-pointer.ts'
import { systemCode, systemFault } from '../../base/system-fault.ts'
import { validUtf8Length } from '../../data/text/utf8.ts'
import type { DeviceChoice } from '../../lesson/device.ts'
import { type CheckedStudy, readStudy } from '../../study/file/read-study.ts'
import { describeFault, type StudyFault } from '../../study/file/study-fault.ts'

interface LoadOptions {
  /** Made to the file's text before it is read. */
  readonly change?: ((text: string) => string) | undefined
  /** As `--device` has it: what every lesson must be fit for. */
  readonly device?: DeviceChoice | undefined
}

/**
 * Reads a study file.
 *
 * @throws {Fault} if the file cannot be read
 * @throws {StudyFaults} if the study has faults
 */
export function loadStudy(
  file: string,
  folders: ReadonlyMap<string, string>,
  { change = unchanged, device }: LoadOptions = {},
): CheckedStudy {
  let bytes: Buffer
  try {
    bytes = readSmallFile(file)
  } catch (error) {
    const reasons = systemCode(error) === 'EISDIR' ? { EISDIR: `it is a folder: name ${studyIn(file)}` } : {}
    throw systemFault(`Cannot read study "${file}"`, error, reasons)
  }
  const text = decoded(bytes, file)
  refuseLfsPointer(file, text)
  const checked = readStudy(change(text), file, { folders, device: device === 'auto' ? undefined : device })
  if ('faults' in checked) throw new StudyFaults(checked.faults)
  return checked
}

/** YAML is UTF-8, or UTF-16 with a mark. */
function decoded(bytes: Buffer, file: string): string {
  const [first, second] = bytes
  const wide =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : undefined
  if (wide !== undefined) return new TextDecoder(wide).decode(bytes)
  const good = isUtf8(bytes) ? bytes : bytes.subarray(0, validUtf8Length(bytes))
  const end = good.length < bytes.length ? good.length : good.indexOf(0)
  if (end === -1) return bytes.toString('utf8')
  const line = good
    .subarray(0, end)
    .toString('latin1')
    .split(/\r\n|\r|\n/u).length
  const odd = good.length < bytes.length ? 'bytes that are no UTF-8' : 'a zero byte'
  throw new Fault(`Cannot read study "${file}" as line ${line} holds ${odd}: save it as UTF-8`)
}

/** What is meant by a folder: the study in it, where there is one, or one that there is. */
function studyIn(folder: string): string {
  const names = readdirSync(folder).filter((name) => /\.ya?ml$/iu.test(name))
  const name = names.find((one) => one === 'study.yaml') ?? names.sort()[0]
  return name === undefined ? 'a study file' : `the study in it, "${join(folder, name)}"`
}

function unchanged(text: string): string {
  return text
}

/** Every fault of a study file; the command line prints them all. */
export class StudyFaults extends Error {
  override readonly name = 'StudyFaults'
  readonly descriptions: readonly string[]

  constructor(faults: readonly StudyFault[]) {
    super(`${faults.length} faults in the study`)
    this.descriptions = faults.map(describeFault)
  }
}
