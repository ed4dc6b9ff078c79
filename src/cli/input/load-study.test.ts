import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { loadStudy } from './load-study.ts'

it('loadStudy() refuses a file that is far too large for a study, such as data, before it reads it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'load-study-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'rows.jsonl')
  writeFileSync(path, '')
  truncateSync(path, 1e9)
  expect(() => loadStudy(path, new Map())).toThrow('more than 64 MiB')
})

it('loadStudy() names the study in a folder that is given in its place', () => {
  const folder = mkdtempSync(join(tmpdir(), 'load-study-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const load = () => loadStudy(folder, new Map())
  expect(load).toThrow(`Cannot read study "${folder}" as it is a folder: name a study file`)
  writeFileSync(join(folder, 'b.yml'), '')
  expect(load).toThrow(`it is a folder: name the study in it, "${join(folder, 'b.yml')}"`)
  writeFileSync(join(folder, 'a.yaml'), '')
  writeFileSync(join(folder, 'study.yaml'), '')
  expect(load).toThrow(`name the study in it, "${join(folder, 'study.yaml')}"`)
})
