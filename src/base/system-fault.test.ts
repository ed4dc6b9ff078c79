import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { Fault } from './fault.ts'
import { folderReasons, outOfFiles, systemCode, systemFault } from './system-fault.ts'

function failureOf(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('It did not fail')
}

it('systemFault() says what was attempted and why it did not work, and keeps the cause', () => {
  const missing = failureOf(() => readFileSync('/nowhere/a.csv'))
  const fault = systemFault('Cannot read "a.csv"', missing)
  expect(fault).toBeInstanceOf(Fault)
  expect(fault.message).toBe('Cannot read "a.csv" as there is no such file')
  expect(fault.cause).toBe(missing)
  const folder = failureOf(() => readFileSync('/'))
  expect(systemFault('Cannot read "/"', folder).message).toBe('Cannot read "/" as it is a folder')
  const own = { EISDIR: 'it is a folder: name a file in it' }
  expect(systemFault('Cannot read "/"', folder, own).message).toBe(
    'Cannot read "/" as it is a folder: name a file in it',
  )
  const file = failureOf(() => readdirSync(import.meta.filename))
  expect(systemFault('Cannot open "m"', file, folderReasons).message).toBe('Cannot open "m" as it is a file')
})

it('systemFault() tells an unknown failure in its own words, and a told fault as it is', () => {
  const error = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' })
  expect(systemFault('Cannot read "a"', error).message).toBe('Cannot read "a": EIO: i/o error, read')
  const told = new Fault('Cannot go on')
  expect(systemFault('Cannot read "a"', told)).toBe(told)
  const strange = Object.assign(new Error('odd'), { code: 'constructor' })
  expect(systemFault('Cannot read "a"', strange).message).toBe('Cannot read "a": odd')
})

it('systemCode() knows the codes of the system from those of libraries', () => {
  expect(systemCode(Object.assign(new Error(), { code: 'ENOSPC' }))).toBe('ENOSPC')
  expect(systemCode(Object.assign(new Error(), { code: 'Z_BUF_ERROR' }))).toBeUndefined()
  expect(systemCode(Object.assign(new Error(), { code: 'ERR_FS_FILE_TOO_LARGE' }))).toBeUndefined()
})

it('systemFault() and outOfFiles() tell a limit on open files, whoever says so', () => {
  const own = Object.assign(new Error("EMFILE: too many open files, open 'a'"), { code: 'EMFILE' })
  const words = 'no more files may be open in this process (ulimit -n): allow more'
  expect(systemFault('Cannot read "a"', own).message).toContain(`Cannot read "a" as ${words}`)
  const loaded = Object.assign(new Error('x.so: cannot open shared object file: Too many open files'), {
    code: 'ERR_DLOPEN_FAILED',
  })
  for (const one of [own, loaded, new TypeError('fetch failed', { cause: own }), 'Error: spawn node EMFILE']) {
    expect(outOfFiles(one)).toContain(words)
  }
  const others = Object.assign(new Error('ENFILE: file table overflow'), { code: 'ENFILE' })
  expect(systemFault('Cannot read "a"', others).message).toContain('as no more files may be open on this machine: end')
  for (const one of [undefined, null, new Error('EIO: i/o error'), 'MYEMFILES']) expect(outOfFiles(one)).toBeUndefined()
})
