import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { brokenLines, LineMemory } from './line-memory.ts'

interface Fact {
  readonly n: number
}

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-lines-'))
  file = join(folder, 'memory.jsonl')
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const open = (): LineMemory<Fact> => new LineMemory(file, () => true)
const lines = (): string[] => readFileSync(file, 'utf8').trimEnd().split('\n')
function keep(...facts: readonly (readonly [string, number])[]): void {
  const memory = open()
  for (const [name, n] of facts) memory.note(name, { n })
  memory.save()
}

describe('LineMemory', () => {
  it('adds what each process has learned, and the last of a name counts', () => {
    keep(['a', 1], ['b', 2])
    const before = lines()
    keep(['b', 3])
    expect(lines().slice(0, 2)).toEqual(before)
    expect(lines()).toHaveLength(3)
    expect(['a', 'b', 'c'].map((name) => open().recall(name))).toEqual([{ n: 1 }, { n: 3 }, undefined])
  })

  it('does not know a line with any letter changed, one that is cut, and two that were written into each other', () => {
    keep(['a', 1], ['b', 2])
    const [first, second] = lines() as [string, string]
    for (let at = 0; at < first.length; at++) {
      writeFileSync(file, `${first.slice(0, at)}${first[at] === 'x' ? 'y' : 'x'}${first.slice(at + 1)}\n${second}\n`)
      expect([open().recall('a'), open().recall('b')]).toEqual([undefined, { n: 2 }])
      expect(brokenLines(readFileSync(file, 'utf8'))).toBe(1)
    }
    writeFileSync(file, first.slice(0, 20))
    appendFileSync(file, `${second}\n`)
    expect([open().recall('a'), open().recall('b')]).toEqual([undefined, undefined])
    keep(['b', 4])
    expect(open().recall('b')).toEqual({ n: 4 })
  })

  it('is written anew, without names that are gone and lines that count no more, when most lines are old', () => {
    for (let round = 0; round < 4; round++) keep(...Array.from({ length: 600 }, (_, n) => [`s${n}`, round] as const))
    expect(lines()).toHaveLength(2400)
    const memory = new LineMemory<Fact>(file, (name) => name !== 's7')
    expect(memory.recall('s7')).toEqual({ n: 3 })
    memory.note('new', { n: 1 })
    for (let n = 0; n < 500; n++) memory.note(`s${n + 50}`, { n: 9 })
    memory.save()
    expect(lines()).toHaveLength(600)
    expect([open().recall('s7'), open().recall('s8'), open().recall('s60'), open().recall('new')]).toEqual([
      undefined,
      { n: 3 },
      { n: 9 },
      { n: 1 },
    ])
  })

  it('waits for no pipe, and takes the place of what is no file', () => {
    for (const put of [() => execFileSync('mkfifo', [file]), () => mkdirSync(file)]) {
      put()
      const memory = open()
      expect(memory.recall('a')).toBeUndefined()
      memory.note('a', { n: 1 })
      memory.save()
      expect(open().recall('a')).toEqual({ n: 1 })
      rmSync(file)
    }
  })

  it('is left out where its file cannot be read or written', () => {
    const memory = new LineMemory<Fact>(join(folder, 'no', 'memory.jsonl'), () => true)
    memory.note('a', { n: 1 })
    expect(memory.hasPlace).toBe(false)
    expect(() => memory.save()).not.toThrow()
    expect(new LineMemory<Fact>(folder, () => true).recall('a')).toBeUndefined()
  })
})
