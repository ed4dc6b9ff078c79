import { dirname } from 'node:path'
import { expect, it } from 'vitest'
import { sourceTree } from '../rig/source-tree.ts'
import { sourceFiles } from './source-files.ts'

const root = dirname(dirname(import.meta.dirname))

it('no clean-up can hide why there is something to clean up', () => {
  expect(unsafeCleanUps(root)).toEqual([])
})

it.each([
  ['try { a() } finally {\n  if (b) {\n    rmSync(c, { force: true })\n  }\n}', ['src/a.ts removes by "rmSync("']],
  ['try { a() } catch (error) { unlinkSync(b)\nthrow error }', ['src/a.ts removes by "unlinkSync("']],
  ['try { a() } finally { await rm(b) }', ['src/a.ts removes by "rm("']],
  ['try { rmSync(a) } catch { b() }\nrmSync(c)', []],
  ['try { a() } finally { clearAway(b) }', []],
])('finds the unsafe clean-up in %s', (code, found) => {
  expect(unsafeCleanUps(sourceTree({ 'src/a.ts': code }))).toEqual(found)
})

/** What `clearAway` of src/base/temporary-folder.ts takes the place of, where an error is on its way. */
function unsafeCleanUps(root: string): string[] {
  return sourceFiles(root).flatMap(({ path, code }) =>
    [...code.matchAll(/\b(?:finally|catch(?: \(\w+\))?) \{/gu)].flatMap(({ index }) => {
      const found = /\b(?:rmSync|rmdirSync|unlinkSync|rm|unlink)\(/u.exec(blockAt(code, code.indexOf('{', index)))
      return found === null ? [] : [`${path} removes by "${found[0]}"`]
    }),
  )
}

function blockAt(code: string, start: number): string {
  let depth = 0
  for (let at = start; at < code.length; at++) {
    if (code[at] === '{') depth++
    if (code[at] === '}' && --depth === 0) return code.slice(start, at + 1)
  }
  return code.slice(start)
}
