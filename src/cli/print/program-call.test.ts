import { join } from 'node:path'
import { expect, it } from 'vitest'
import { commandLine, programCall, shownPath } from './program-call.ts'

it('programCall() is what works in the shell that the program was called from', () => {
  expect(programCall({ npm_execpath: '/npm', PATH: '/bin' }, '/bin/reteach')).toBe('npx reteach')
  expect(programCall({ npm_execpath: '', PATH: '/usr/bin:/bin' }, '/bin/reteach')).toBe('reteach')
  expect(programCall({ PATH: '/bin' }, '/own place/main.js')).toBe("node '/own place/main.js'")
  expect(programCall({ PATH: '/bin' }, join(process.cwd(), 'dist/cli/main.js'))).toBe('node dist/cli/main.js')
})

it('commandLine() quotes what a shell would take apart', () => {
  expect(commandLine(['run', "it's.yaml", '$data/研究-1.yaml', ''], 'reteach')).toBe(
    String.raw`reteach run 'it'\''s.yaml' '$data/研究-1.yaml' ''`,
  )
})

it('shownPath() is relative within the working folder only', () => {
  expect(shownPath(join(process.cwd(), 'a/b'))).toBe('a/b')
  expect(shownPath(process.cwd())).toBe('.')
  expect(shownPath('/elsewhere/a')).toBe('/elsewhere/a')
})
