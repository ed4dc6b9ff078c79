import { basename } from 'node:path'
import { expect, it } from 'vitest'
import { StoreLayout } from './layout.ts'

it('StoreLayout gives every study a folder of its own for its report', () => {
  const layout = new StoreLayout('/store')
  const names = ['a-b', 'a/b', 'a b', 'a//b', 'a:b', 'a-b-', 'a-b/', '名/字', 'A-b', 'été_2.0']
  const folders = names.map((name) => layout.reportFolder(name))
  expect(new Set(folders).size).toBe(names.length)
  for (const folder of folders) expect(folder).toMatch(/^\/store\/report\/[\p{L}\p{N}_.-]+$/u)
  expect(['a-b', 'été_2.0'].map((name) => basename(layout.reportFolder(name)))).toEqual(['a-b', 'été_2.0'])
})
