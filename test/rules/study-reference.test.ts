import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { studyJsonSchema } from '../../src/study/file/json-schema.ts'
import { readStudy } from '../../src/study/file/read-study.ts'
import { describeFault } from '../../src/study/file/study-fault.ts'
import { type StudyKey, studySections, withStudyReference } from './study-reference.ts'

type Map = Readonly<Record<string, unknown>>

const document = readFileSync(join(import.meta.dirname, '../../docs/STUDY.md'), 'utf8')

const data = { file: 'abstracts.csv', split: { train: 0.8, validation: 0.1, test: 0.1 } }
const titles = { data, source: 'abstract', target: 'title' }
const problems = { column: 'problems', classes: ['Cost', 'BadFood', 'SlowService'] }
const study: Map = {
  study: 'reference',
  starts: { mt5: { hub: 'google/mt5-small' } },
  tasks: {
    titles,
    reviews: { data: { file: 'reviews.csv' }, source: 'review', labels: problems },
    texts: { data, text: 'abstract' },
  },
  mixtures: { mixed: { of: { titles: 2, reviews: 1 } } },
  chains: ['mt5 -> titles', 'mt5 -> reviews', 'mt5 -> titles -> reviews'],
  seeds: [1, 2, 3, 4, 5],
}

/** A place in the study above, and what stands there beside the key. */
interface Place {
  readonly path: string
  readonly beside: Map
}

/** Where the keys of a section may stand, if not in what the study above has there, or alone. */
const places: readonly (readonly [section: RegExp, ...places: Place[]])[] = [
  [/^tasks\.NAME$/u, { path: 'tasks.titles', beside: { data } }, { path: 'tasks.another', beside: { data } }],
  [/^tasks\.NAME\.labels$/u, { path: 'tasks.reviews.labels', beside: {} }],
  [/^tasks\.NAME\.labels\.answer$/u, { path: 'tasks.reviews.labels.answer', beside: {} }],
  [/^tasks\.NAME\.spans$/u, { path: 'tasks.texts.spans', beside: {} }],
  [
    /^tasks\.NAME\.metrics\[\]$/u,
    { path: 'tasks.titles.metrics.0', beside: {} },
    { path: 'tasks.reviews.metrics.0', beside: {} },
  ],
  [
    /^figures\[\]$/u,
    { path: 'figures.0', beside: { kind: 'loss', lesson: 'reviews' } },
    { path: 'figures.0', beside: { kind: 'scores', task: 'reviews' } },
    { path: 'figures.0', beside: { kind: 'labels', task: 'reviews' } },
    { path: 'figures.0', beside: { kind: 'labels' } },
  ],
]

/** The study with a section's key in it, in each way in which it may stand there. */
function studiesWith(section: string, example: Map): unknown[] {
  const path = section
    .replace('tasks.NAME', 'tasks.titles')
    .replace('mixtures.NAME', 'mixtures.mixed')
    .replace('.NAME', '.another')
    .replace('[]', '.2')
  const present = valueAt(study, partsOf(path)) as Map | undefined
  const own = places.find(([at]) => at.test(section))?.slice(1) as readonly Place[] | undefined
  const tried = [{ path, beside: present ?? {} }, { path, beside: {} }, ...(own ?? [])]
  return tried.map((place) => put(study, partsOf(place.path), { ...place.beside, ...example }))
}

function partsOf(path: string): string[] {
  return path === '' ? [] : path.split('.')
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Map | undefined)?.[key], root)
}

function put(root: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value
  if (/^\d+$/u.test(key)) {
    const list = (root as unknown[] | undefined) ?? []
    return [...list.slice(0, Number(key)), put(undefined, rest, value)]
  }
  return { ...(root as Map | undefined), [key]: put((root as Map | undefined)?.[key], rest, value) }
}

function faultsOf(value: unknown): string[] {
  const checked = readStudy(stringify(value), 'study.yaml')
  return 'faults' in checked ? checked.faults.map(describeFault) : []
}

const keys = studySections()
  .filter(({ as }) => as === undefined)
  .flatMap(({ path, keys: own }) =>
    own.map((key): [string, string, StudyKey] => [path === '' ? key.name : `${path}.${key.name}`, path, key]),
  )

it('docs/STUDY.md has every key as the schema has it', () => {
  expect(withStudyReference(document), 'run "node scripts/run-ts.mjs scripts/study-reference.ts"').toBe(document)
})

it.each(keys)('%s has a type, a default or must be given, a sentence and an example', (_, __, key) => {
  expect(key.description).toMatch(/^\S.*[^.\s]$/u)
  expect(key.type).not.toBe('')
  expect(key.usual, 'give describe() a default, or say in "absent" what is done without the key').toBeTruthy()
  expect(key.example, 'give describe() an example').toBeDefined()
})

describe('the example of', () => {
  it('the study that they stand in has no fault', () => {
    expect(faultsOf(study)).toEqual([])
  })

  it.each(keys)('%s can be read', (_, section, { example }) => {
    const tried = studiesWith(section, example!).map(faultsOf)
    expect(tried.find((faults) => faults.length === 0) ?? tried).toEqual([])
  })
})

it('every key in the JSON Schema has a sentence and an example where it stands', () => {
  const bare: string[] = []
  const walk = (value: unknown, path: string): void => {
    if (value === null || typeof value !== 'object') return
    for (const [name, key] of Object.entries((value as { properties?: Map }).properties ?? {})) {
      const { description, examples } = key as Map
      if (description === undefined || examples === undefined) bare.push(`${path}.${name}`)
    }
    for (const [name, inner] of Object.entries(value)) walk(inner, `${path}.${name}`)
  }
  walk(studyJsonSchema(), '')
  expect(bare).toEqual([])
})
