import { Fault } from './fault.ts'
import { hubBlob } from './paths.ts'
import { systemCode, systemFault } from './system-fault.ts'

/** Turns a failed read into a sentence that names the file; what is no failure of the system stays as it is. */
export function readFault(path: string, error: unknown): unknown {
  return systemCode(error) === undefined ? error : systemFault(`Cannot read "${path}"`, error)
}

/**
 * What to do about a damaged file, for the end of a sentence. One in the cache of the hub is not fetched again as long as it is
 * there, but by the command that compares it.
 */
export function fetchAgain(path: string): string {
  const blob = hubBlob(path)
  if (blob === undefined) return 'fetch it again'
  return `let "reteach fetch STUDY" fetch it anew, or delete "${blob.path}" and fetch it again`
}

/** Turns a failure inside an unpacker into a sentence. */
export function unpackFault(name: string, error: unknown): unknown {
  if (error instanceof Fault) return error
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'Z_BUF_ERROR') return new Fault(`Cannot unpack "${name}" as it is cut short: ${fetchAgain(name)}`)
  if (code?.startsWith('Z_') === true) return new Fault(`Cannot unpack "${name}" as it is damaged (${message})`)
  return readFault(name, error)
}

/**
 * Stops what unpacks to far more than a text ever does. Natural text shrinks to a third or a tenth, very repetitive
 * JSON to a hundredth; deflate's limit, which bombs use, is about a thousandth.
 */
export class UnpackingGuard {
  static readonly freeBytes = 64 * 1024 * 1024
  static readonly maxRatio = 200
  readonly #name: string
  readonly #packedBytes: number
  #unpacked = 0

  constructor(name: string, packedBytes: number) {
    this.#name = name
    this.#packedBytes = packedBytes
  }

  add(bytes: number): void {
    this.#unpacked += bytes
    if (this.#unpacked > Math.max(UnpackingGuard.freeBytes, UnpackingGuard.maxRatio * this.#packedBytes)) {
      throw new Fault(
        `Cannot unpack "${this.#name}" as it grows to more than ${UnpackingGuard.maxRatio} times its size, ` +
          'as only an archive made to fill disks does: unpack it yourself if you trust it',
      )
    }
  }
}

/** What a library's error says of a damaged file; its own slips on such a file mean nothing to a user. */
export function damageOf(error: unknown): string {
  const isSlip = error instanceof TypeError || error instanceof ReferenceError
  const message = isSlip
    ? 'its parts do not fit together'
    : (error as Error).message.split('\n')[0]!.replaceAll(/undefined|NaN/g, 'unknown')
  return message.length > 200 ? `${message.slice(0, 200)}…` : message
}
