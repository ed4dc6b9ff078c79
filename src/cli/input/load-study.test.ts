import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import iconv from 'iconv-lite'
import { expect, it, onTestFinished } from 'vitest'
import { fakeStudyText, writeFakeStudy } from '../../../test/rig/fake-study.ts'
import type { DeviceChoice } from '../../lesson/device.ts'
import { loadStudy, StudyFaults } from './load-study.ts'

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

it('loadStudy() refuses a bound of the memory where --device is a graphics card, at its place and beside other faults', () => {
  const folder = mkdtempSync(join(tmpdir(), 'load-study-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const text = fakeStudyText
    .replace('tasks:', 'defaults: { teach: { memory: 1GB } }\ntasks:')
    .replace('- base -> res\n', '- base -> res(memory=2GB)\n')
  const faultsOf = (written: string, device: DeviceChoice | undefined): readonly string[] => {
    try {
      loadStudy(writeFakeStudy(folder, { 'study.yaml': written }), new Map(), { device })
    } catch (error) {
      if (error instanceof StudyFaults) return error.descriptions
      throw error
    }
    return []
  }
  const sentence =
    'Cannot use "memory" where "--device" is webgpu: it bounds a lesson on the processor; give "micro_batch"'
  const wrong = text.replace('seeds: [1]', 'seeds: [1]\ntables: [{ task: rse }]')
  expect(faultsOf(wrong, 'webgpu').map((fault) => fault.split('\n', 1)[0])).toEqual([
    expect.stringMatching(new RegExp(`:5:22 ${sentence}$`, 'u')),
    expect.stringMatching(new RegExp(`:22:17 ${sentence}$`, 'u')),
    expect.stringContaining('Unknown task "rse": did you mean "res"?'),
  ])
  for (const device of ['cpu', 'auto', undefined] as const) expect(faultsOf(text, device)).toEqual([])
  // What the file itself has wrong is told in its own words.
  expect(faultsOf(text.replace('memory: 1GB', 'memory: 1GB, device: webgpu'), 'webgpu')[0]).toContain(
    'where "device" is',
  )
})

const text = `study: s
starts: { t: { path: ./model } }
tasks:
  a:
    prefix: "übersetze: "
    data: { file: rows.csv, split: { train: 0.8, test: 0.2 } }
    source: text
    target: text
chains: [t -> a]
`

it('loadStudy() reads UTF-8 and UTF-16 with a mark, and refuses what is neither', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-study-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'study.yaml')
  const prefixOf = (bytes: Uint8Array): string => {
    writeFileSync(path, bytes)
    const { prefix } = loadStudy(path, new Map()).study.tasks.get('a')!
    return prefix
  }
  for (const [encoding, addBOM] of [
    ['utf-8', false],
    ['utf-8', true],
    ['utf-16le', true],
    ['utf-16be', true],
  ] as const) {
    expect(prefixOf(iconv.encode(text, encoding, { addBOM }))).toBe('übersetze: ')
  }
  const begin = `Cannot read study "${path}" as line`
  expect(() => prefixOf(iconv.encode(text, 'latin1'))).toThrow(
    `${begin} 5 holds bytes that are no UTF-8: save it as UTF-8`,
  )
  expect(() => prefixOf(iconv.encode(text.replace('ü', 'u'), 'utf-16le', { addBOM: false }))).toThrow(
    `${begin} 1 holds a zero byte`,
  )
})
