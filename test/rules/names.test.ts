import { dirname } from 'node:path'
import { expect, it } from 'vitest'
import { sourceTree } from '../rig/source-tree.ts'
import { sourceFiles } from './source-files.ts'

const root = dirname(dirname(import.meta.dirname))

/** The library's own word, and the kind of step that is called so in the store. */
const twice = ['teach']

it('no name is exported by two files', () => {
  expect([...homes(root).keys()].length).toBeGreaterThan(500)
  expect(namesOfTwo(root)).toEqual(twice)
})

it('finds a name of two files, whatever each of them is', () => {
  const files = {
    'src/a.ts': 'export interface Place {}\nexport const one = 1',
    'src/low/b.ts': 'export async function* Place() {}\nconst one = 1',
  }
  expect(namesOfTwo(sourceTree(files))).toEqual(['Place'])
})

function namesOfTwo(root: string): string[] {
  return [...homes(root)].filter(([, files]) => files.size > 1).map(([name]) => name)
}

/** Exported name → the files that declare it. */
function homes(root: string): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>()
  const declared = /^export (?:async )?(?:abstract )?(?:function\*?|const|class|interface|type) (\w+)/gmu
  for (const { path, code } of sourceFiles(root)) {
    for (const [, name] of code.matchAll(declared)) found.set(name!, (found.get(name!) ?? new Set()).add(path))
  }
  return found
}
