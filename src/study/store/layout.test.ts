import { basename } from 'node:path'
import { expect, it } from 'vitest'
import { StoreLayout } from './layout.ts'

it('StoreLayout refuses what is no folder, and places outside of it', () => {
  const layout = new StoreLayout('store')
  expect(() => new StoreLayout('')).toThrow('Wrong value of "folder": it must be a path')
  expect(() => layout.folderOf('tech' as never, 'k' as never)).toThrow(
    'Wrong value of "kind": it must be "prepare" or "teach"',
  )
  expect(() => layout.stateFolder('teach', undefined as never)).toThrow('Missing "key"')
  expect(() => layout.modelFolder('../../x' as never)).toThrow('Wrong value of "key": it must be the key of a step')
})

it('StoreLayout gives every study a folder of its own for its report', () => {
  const layout = new StoreLayout('/store')
  const names = ['a-b', 'a/b', 'a b', 'a//b', 'a:b', 'a-b-', 'a-b/', '名/字', 'A-b', 'été_2.0']
  const folders = names.map((name) => layout.reportFolder(name))
  expect(new Set(folders).size).toBe(names.length)
  for (const folder of folders) expect(folder).toMatch(/^\/store\/report\/[\p{L}\p{N}_.-]+$/u)
  expect(['a-b', 'été_2.0'].map((name) => basename(layout.reportFolder(name)))).toEqual(['a-b', 'été_2.0'])
})
