import { expect, test } from 'vitest'
import { Fault } from './fault.ts'
import { refuseLfsPointer } from './lfs-pointer.ts'

const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:a6fce4\nsize 566685408\n'

test('refuseLfsPointer() refuses pointers of every age, as bytes and as text', () => {
  const older = pointer.replace('git-lfs', 'hawser')
  const windows = `\u{FEFF}${pointer.replaceAll('\n', '\r\n')}`
  for (const text of [pointer, older, windows]) {
    for (const start of [text, Buffer.from(text)]) {
      expect(() => refuseLfsPointer('a.csv', start)).toThrow(
        new Fault('Cannot read "a.csv" as it is a Git LFS pointer and not the file itself: git lfs pull'),
      )
    }
  }
})

test('refuseLfsPointer() lets other texts pass', () => {
  for (const text of ['', 'version,text\n1,a\n', 'see version https://git-lfs.github.com/spec/v1']) {
    expect(() => refuseLfsPointer('a.csv', text)).not.toThrow()
    expect(() => refuseLfsPointer('a.csv', Buffer.from(text))).not.toThrow()
  }
})
