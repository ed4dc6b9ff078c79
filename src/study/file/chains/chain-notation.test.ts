import { describe, expect, it } from 'vitest'
import { parseChain } from './chain-notation.ts'

describe('parseChain()', () => {
  it('takes start, lessons and their settings apart', () => {
    const chain = parseChain('mt5 -> res(learning_rate=1e-3, limits.source=128, prefix="a, b)") -> a2t')
    if ('message' in chain) throw new Error(chain.message)
    expect(chain.start.name).toBe('mt5')
    expect(chain.lessons.map(({ name }) => name)).toEqual(['res', 'a2t'])
    expect(chain.lessons[0]!.settings.map(({ path, value }) => [path.join('.'), value])).toEqual([
      ['learning_rate', 0.001],
      ['limits.source', 128],
      ['prefix', 'a, b)'],
    ])
  })

  it('needs no spaces, reads any length, and keeps hyphens in names', () => {
    const text = ['flan-t5', ...Array.from({ length: 40 }, (_, i) => `wmt14-en-de.${i}`)].join('->')
    const chain = parseChain(text)
    if ('message' in chain) throw new Error(chain.message)
    expect(chain.start.name).toBe('flan-t5')
    expect(chain.lessons).toHaveLength(40)
    expect(chain.lessons[39]!.name).toBe('wmt14-en-de.39')
    for (const { name, span } of chain.lessons) expect(text.slice(span.start, span.start + span.length)).toBe(name)
  })

  it('reads the arrow sign and names in any script', () => {
    const chain = parseChain('基础 → 翻译')
    expect(chain).toMatchObject({ start: { name: '基础' }, lessons: [{ name: '翻译' }] })
  })

  it.each([
    ['', 'found its end, wanted a start', 0],
    ['mt5 => a2t', 'found "=>", wanted "->"', 4],
    ['mt5 -> ', 'found its end, wanted a task or mixture', 6],
    ['mt5 -> a2t res', 'found "res", wanted "->" or "("', 11],
    ['mt5 -> a2t(', 'found its end, wanted a setting', 10],
    ['mt5 -> a2t(lr)', 'found ")", wanted "="', 13],
    ['mt5 -> a2t(lr=)', 'found ")", wanted a value', 14],
    ['mt5 -> a2t(lr=1', 'found its end, wanted "," or ")"', 14],
    ['-> a2t', 'found "->", wanted a start', 0],
  ])('says what is wrong with %j, and where', (text, message, start) => {
    expect(parseChain(text)).toMatchObject({ message: expect.stringContaining(message), span: { start } })
  })
})
