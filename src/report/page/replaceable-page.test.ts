import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { pageHtml } from './page-html.ts'
import { requireReplaceablePage } from './replaceable-page.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-replaceable-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('requireReplaceablePage lets a page be written where nothing or an earlier page is, and over nothing else', () => {
  const at = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const page = at('page.html', pageHtml('长'.repeat(2000), { script: '', style: '' }, { first: {}, packed: {} }))
  expect(() => requireReplaceablePage(page)).not.toThrow()
  expect(() => requireReplaceablePage(join(folder, 'new', 'page.html'))).not.toThrow()
  const mark = '<meta name="generator" content="reteach">'
  const others = [
    at('study.yaml', 'study: one\n'),
    at('rows.csv', `text\n"${mark}"\n`),
    at('other.html', '<!doctype html>\n<title>notes</title>'),
    at('empty', ''),
  ]
  symlinkSync('study.yaml', join(folder, 'link.html'))
  for (const path of [...others, join(folder, 'link.html')]) {
    expect(() => requireReplaceablePage(path)).toThrow(
      `Cannot write the page over "${path}", which is no page of a study: name another file`,
    )
  }
  mkdirSync(join(folder, 'folder.html'))
  expect(() => requireReplaceablePage(join(folder, 'folder.html'))).toThrow('as it is a folder')
  expect(() => requireReplaceablePage('/dev/null')).toThrow('Cannot write the page over "/dev/null"')
})
