import { Fault } from './fault.ts'

/**
 * Turns a failure of the operating system into a sentence: `Cannot read "a.csv" as there is no such file`.
 *
 * @param attempt what was attempted, such as `Cannot read "a.csv"`
 * @param reasons by code, where this attempt has its own reason, or its own advice after it
 * @returns the fault; one that has been told already stays as it is
 */
export function systemFault(attempt: string, error: unknown, reasons: Readonly<Record<string, string>> = {}): Fault {
  if (error instanceof Fault) return error
  const all = { ...usualReasons, ...reasons }
  const code = systemCode(error)
  const reason = outOfFiles(error) ?? (code !== undefined && Object.hasOwn(all, code) ? all[code] : undefined)
  const said = reason === undefined ? `: ${(error as Error).message}` : ` as ${reason}`
  return new Fault(`${attempt}${said}`, undefined, { cause: error })
}

/**
 * Why something failed, as the end of a sentence with "as", where that is a limit on open files and says nothing of the file.
 *
 * @param error also one of a library or of another process, which has it in its words alone, or as its cause; or the words
 */
export function outOfFiles(error: unknown): string | undefined {
  const { code, message = String(error), cause } = (error ?? {}) as Partial<NodeJS.ErrnoException>
  if (code === 'ENFILE' || /too many open files in system|file table overflow/iu.test(message)) {
    return 'no more files may be open on this machine: end other programs and run again'
  }
  if (code === 'EMFILE' || /\bEMFILE\b|too many open files/iu.test(message)) {
    return 'no more files may be open in this process (ulimit -n): allow more, such as "ulimit -n 4096", and run again'
  }
  return cause === undefined ? undefined : outOfFiles(cause)
}

/** Of an attempt on a folder, beside those on a file. */
export const folderReasons = { ENOENT: 'there is no such folder', ENOTDIR: 'it is a file' } as const

const usualReasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  ENAMETOOLONG: 'its name is too long',
}

/** Whether something failed for lack of room on a disk, or of a share in it. */
export function isDiskFull(error: unknown): boolean {
  const code = systemCode(error instanceof Fault ? (error.cause ?? error) : error)
  return code === 'ENOSPC' || code === 'EDQUOT'
}

/** Whether something failed for lack of a right. */
export function isRefused(error: unknown): boolean {
  return ['EACCES', 'EPERM'].includes(systemCode(error) ?? '')
}

/** The code of a failure of the operating system, such as `EIO`; libraries number their own failures otherwise. */
export function systemCode(error: unknown): string | undefined {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined
}
