import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { tableFormat, tableFormats } from '../../src/data/table/table-format.ts'
import { metricKinds } from '../../src/metrics/registry.ts'
import { fuzzTargets } from '../rig/fuzz-data.ts'
import { sourceFiles } from './source-files.ts'

const root = dirname(dirname(import.meta.dirname))

/** What the files below a folder export that has the given fields, with the file of each. */
async function exportsWith(folder: string, fields: readonly string[]): Promise<{ file: string; value: unknown }[]> {
  const files = sourceFiles(root).filter(({ path }) => path.startsWith(folder))
  const found = await Promise.all(
    files.map(async ({ path }) =>
      Object.values(await import(join(root, path))).map((value) => ({ file: path, value })),
    ),
  )
  const has = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && fields.every((field) => Object.hasOwn(value, field))
  return found.flat().filter(({ value }) => has(value))
}

it('every metric is in metricKinds of src/metrics/registry.ts', async () => {
  const found = await exportsWith('src/metrics/', ['name', 'answers', 'make'])
  const forgotten = found.filter(({ value }) => !metricKinds.some((kind) => kind === value))
  expect(found.length).toBeGreaterThanOrEqual(metricKinds.length)
  expect(forgotten.map(({ file }) => `${file}: add what it exports to metricKinds`)).toEqual([])
})

it('every format is in formatKinds of src/data/table/table-format.ts', async () => {
  const found = await exportsWith('src/data/formats/', ['name', 'endings', 'read'])
  const forgotten = found.filter(({ value }) => !tableFormats.some((name) => tableFormat(name) === value))
  expect(found.length).toBeGreaterThanOrEqual(tableFormats.length)
  expect(forgotten.map(({ file }) => `${file}: add what it exports to formatKinds`)).toEqual([])
})

it('endings are those of one format, lower-case with one dot', () => {
  const endings = tableFormats.flatMap((name) => tableFormat(name).endings)
  expect(endings.filter((ending) => !/^\.[a-z0-9]+$/.test(ending))).toEqual([])
  expect([...new Set(endings)]).toEqual(endings)
})

it('no two formats are preferred alike', () => {
  const preferences = tableFormats.map((name) => tableFormat(name).preference)
  expect(new Set(preferences).size).toBe(preferences.length)
})

it('every format that can be damaged is fuzzed', () => {
  // Mutated lines are lines, tabs are among the files of csv, and the ALT corpus is a folder.
  const left = ['text', 'tsv', 'alt']
  const missing = tableFormats.filter((name) => !left.includes(name) && !Object.hasOwn(fuzzTargets, name))
  expect(missing.map((name) => `no fuzz target for ${name}: add its fixtures to test/rig/fuzz-data.ts`)).toEqual([])
})

it('the README names every format and metric', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const line = (begins: string): string => readme.split(begins)[1]!.split('\n- ')[0]!.toLowerCase()
  expect(tableFormats.filter((name) => !line('**Data:**').includes(name))).toEqual([])
  const scores = readme
    .split('\n')
    .find((row) => row.startsWith('| `score`'))!
    .toLowerCase()
  const named = ({ name }: { readonly name: string }): boolean =>
    scores.includes(name.replace('-', ' ').replace(/s$/, ''))
  expect(metricKinds.filter((kind) => !named(kind)).map(({ name }) => name)).toEqual([])
})
