import { describe, expect, test } from 'vitest'
import { convertLines, LineCounter, readLines } from './lines.ts'

async function linesOf(text: string, size: number): Promise<[number, string][]> {
  async function* pieces(): AsyncGenerator<string> {
    for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size)
  }
  const found: [number, string][] = []
  for await (const { lines, first } of readLines(pieces(), 'a.txt')) {
    for (const [i, line] of lines.entries()) found.push([first + i, line])
  }
  return found
}

describe.each([1, 2, 3, 100])('readLines() in pieces of %i characters', (size) => {
  test.each([
    ['', []],
    ['a', ['a']],
    ['a\n', ['a']],
    ['a\nb', ['a', 'b']],
    ['\n\na\n', ['', '', 'a']],
    ['a\r\nb\r\n', ['a', 'b']],
    ['a\rb\rc', ['a', 'b', 'c']],
    ['a\r', ['a']],
    ['a\nb\rc\n', ['a', 'b\rc']],
    ['a\r\n\r\n b', ['a', '', ' b']],
    ['a\u2028b\u0085c\n', ['a\u2028b\u0085c']],
  ])('%j', async (text, lines) => {
    expect(await linesOf(text, size)).toEqual(lines.map((line, i) => [i + 1, line]))
  })
})

test('readLines() gathers a line of many pieces without copying it each time', async () => {
  const begun = performance.now()
  const [line] = await linesOf(`${'x'.repeat(20_000_000)}\ny`, 10_000)
  expect(line![1]).toHaveLength(20_000_000)
  expect(performance.now() - begun).toBeLessThan(5000)
})

test('LineCounter counts LF, CRLF and CR across pieces', () => {
  const text = 'a\nb\r\nc\rd\r\n\r\re'
  for (let size = 1; size < text.length; size++) {
    const counter = new LineCounter()
    for (let at = 0; at < text.length; at += size) counter.add(text.slice(at, at + size))
    expect(counter.line).toBe(7)
  }
})

describe('convertLines()', () => {
  test('leaves blank lines out, counts them, and hands out what comes before a line that cannot be converted', async () => {
    async function* text(): AsyncGenerator<string> {
      yield '1\n\n  \n2\n'
      yield '3\nx\n5\n'
    }
    const found: string[][] = []
    const convert = (line: string, number: number): string => {
      if (line === 'x') throw new RangeError(`line ${number}`)
      return `${number}: ${line}`
    }
    const read = async (): Promise<void> => {
      for await (const batch of convertLines(text(), 'a.txt', convert)) found.push(batch)
    }
    await expect(read()).rejects.toThrow(new RangeError('line 6'))
    expect(found).toEqual([['1: 1', '4: 2'], ['5: 3']])
  })
})
