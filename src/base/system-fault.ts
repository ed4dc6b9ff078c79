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
  const reason = code !== undefined && Object.hasOwn(all, code) ? ` as ${all[code]}` : `: ${(error as Error).message}`
  return new Fault(`${attempt}${reason}`, undefined, { cause: error })
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

/** The code of a failure of the operating system, such as `EIO`; libraries number their own failures otherwise. */
export function systemCode(error: unknown): string | undefined {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined
}
