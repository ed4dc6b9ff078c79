import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadTokenizer } from '../../src/pretrained/tokenizer-folder.ts'
import { miniatureFloors } from './floors.ts'
import { miniatureFiles } from './generate.ts'

const folder = (name: string) => new URL(name, import.meta.url)
const read = (name: string) => readFileSync(folder(`data/${name}`), 'utf8')
const rowsOf = (name: string) => read(name).trimEnd().split('\n')

describe('the miniature world', () => {
  let files: ReadonlyMap<string, string>
  beforeAll(() => {
    files = miniatureFiles(42)
  })

  it('is what its generator makes', () => {
    expect(readdirSync(folder('data')).sort()).toEqual([...files.keys()].sort())
    for (const [name, content] of files) expect(content === read(name), name).toBe(true)
  })

  it('is another one for another seed', () => {
    for (const [name, content] of miniatureFiles(43)) expect(content === files.get(name), name).toBe(false)
  })

  it('has no text twice, also not in two files', () => {
    const seen = new Set<string>()
    const abstracts = rowsOf('abstracts.jsonl').map((line) => JSON.parse(line) as Record<string, string>)
    const texts = rowsOf('texts.jsonl').map((line) => (JSON.parse(line) as { text: string }).text)
    const sentences = rowsOf('sentences.tsv')
      .slice(1)
      .flatMap((line) => line.split('\t'))
    const instructions = rowsOf('instructions.jsonl').map((line) => (JSON.parse(line) as { text: string }).text)
    const reviews = read('reviews.csv').matchAll(/^"((?:[^"]|"")*)",/gmu)
    const all = [
      ...abstracts.flatMap(({ abstract, title }) => [abstract!, title!]),
      ...texts,
      ...instructions,
      ...sentences,
      ...Array.from(reviews, ([, review]) => review!),
    ]
    expect(all).toHaveLength(2 * 1800 + 3600 + 1200 + 2 * 2400 + 1800)
    for (const text of all) {
      expect(seen.has(text), text).toBe(false)
      seen.add(text)
    }
  })

  it('names in every title only what the abstract names', () => {
    const frame = new Set('a survey benchmark of for or why fail at with under in on'.split(' '))
    for (const line of rowsOf('abstracts.jsonl')) {
      const { abstract, title } = JSON.parse(line) as { abstract: string; title: string }
      const known = new Set(abstract.toLowerCase().match(/[a-z]+/gu))
      const strange = title
        .toLowerCase()
        .match(/[a-z]+/gu)!
        .filter((word) => !frame.has(word) && !known.has(word))
      expect(strange, title).toEqual([])
    }
  })

  it('has labels as skewed as the file that the paper used', () => {
    const cells = Array.from(read('reviews.csv').matchAll(/,"([^"]*)"$/gmu), ([, cell]) => cell!)
    expect(cells).toHaveLength(1800)
    const sets = cells.map((cell) => (cell === '' || cell === 'na' ? [] : cell.split('\n')))
    const share = (test: (labels: string[]) => boolean) => sets.filter(test).length / sets.length
    expect(share((labels) => labels.length === 0)).toBeGreaterThan(0.2)
    expect(share((labels) => labels.length < 3)).toBeGreaterThan(0.9)
    const counts = new Map<string, number>()
    for (const label of sets.flat()) counts.set(label, (counts.get(label) ?? 0) + 1)
    const ordered = [...counts].sort(([, a], [, b]) => b - a).map(([label]) => label)
    expect(ordered).toHaveLength(8)
    expect(ordered.slice(0, 4)).toEqual(['RudeService', 'SlowService', 'OrderProblem', 'BadFood'])
    expect(new Set(ordered.slice(6))).toEqual(new Set(['Cost', 'MissingFood']))
  })

  it('has a tokenizer with sentinels that knows every text of it', () => {
    const tokenizer = loadTokenizer(fileURLToPath(folder('tokenizer')))
    expect(tokenizer.vocabSize).toBe(1024)
    expect(Array.from(tokenizer.sentinelIds).slice(0, 2)).toEqual([1023, 1022])
    expect(tokenizer.sentinelIds).toHaveLength(64)
    const texts = [
      ...rowsOf('sentences.tsv').flatMap((line) => line.split('\t')),
      ...Array.from(read('reviews.csv').matchAll(/^"([^"]*)",/gmu), ([, review]) => review!),
    ]
    for (const text of texts) {
      const ids = tokenizer.encode(text)
      expect([...ids]).not.toContain(2)
      expect(tokenizer.decode(ids)).toBe(text)
    }
  })

  it('fits into what a package may weigh', () => {
    const bytes = ['data', 'tokenizer', 'world'].flatMap((name) =>
      readdirSync(folder(name)).map((file) => readFileSync(folder(`${name}/${file}`)).length),
    )
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1.5e6)
  })
})

describe('the floors', () => {
  it('are those that README.md states', async () => {
    expect(existsSync(folder('README.md'))).toBe(true)
    const readme = readFileSync(folder('README.md'), 'utf8')
    for (const [name, scores] of await miniatureFloors()) {
      const [task, answers] = name.split(': ')
      const row = readme.split('\n').find((line) => line.startsWith(`| ${task} | ${answers} |`))
      expect(row, name).toBeDefined()
      const stated = Array.from(row!.matchAll(/(\w+) ([\d.]+)/gu), ([, score, value]) => [score!, value!] as const)
      expect(stated.length, name).toBeGreaterThan(0)
      for (const [score, value] of stated) {
        expect(scores[score]!.toFixed(value.split('.')[1]!.length), `${name}, ${score}`).toBe(value)
      }
    }
  })
})
