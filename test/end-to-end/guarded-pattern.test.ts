import { describe, expect, it } from 'vitest'
import { GuardedPattern } from '../../src/base/bounds/guarded-pattern.ts'
import { pathsOf } from '../../src/base/bounds/pattern-paths.ts'
import { Fault } from '../../src/base/fault.ts'

const faultOf = (reason: string): Fault => new Fault(`Cannot use this as ${reason}`)

describe('GuardedPattern', () => {
  it.each([
    ['(a+)+$', `${'a'.repeat(60)}!`],
    ['^(\\w+\\s?,?)+$', `${'word '.repeat(30)};`],
    ['(a|a)*b', 'a'.repeat(60)],
    ['^(?:a?){40}a{40}$', `${'a'.repeat(60)}!`],
    ['^a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a{32}$', `${'a'.repeat(60)}!`],
    ['(x+x+)+y', 'x'.repeat(200)],
    ['\\s+$', `${' '.repeat(1e6)}x`],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(60)],
    ['(.*)*\\1x', 'ab'.repeat(40)],
  ])('refuses %s on a text on which it does not end', (source, text) => {
    const begun = process.cpuUsage()
    expect(() =>
      new GuardedPattern(new RegExp(source, 'u'), faultOf, 100).run(text, (regex) => regex.test(text)),
    ).toThrow(Fault)
    expect(process.cpuUsage(begun).user).toBeLessThan(2e6)
  })

  it.each(['a?'.repeat(40) + 'a'.repeat(40), '(?:a?|b?|){50}c'])(
    'refuses %s, which does not end on no text',
    (source) => {
      expect(() => new GuardedPattern(new RegExp(source, 'u'), faultOf, 100)).toThrow('takes too long')
    },
  )

  it.each(['(a+)+$', '((a+)+)+$', '((a|aa)+)+$', '(a*a*)*b', '(a|a|a|a)*b', '(?:(?:a?a?)*a?)*b', '(?:a?){9}(a+)+b'])(
    'runs %s without a limit on short texts alone',
    (source) => {
      const pattern = new GuardedPattern(new RegExp(source, 'u'), faultOf, 100)
      for (let length = 0; length < 13; length++) {
        const begun = process.cpuUsage()
        try {
          pattern.run(`${'a'.repeat(length)}!`, (regex) => regex.test(`${'a'.repeat(length)}!`))
        } catch (error) {
          expect(error).toBeInstanceOf(Fault)
          return
        }
        expect(process.cpuUsage(begun).user).toBeLessThan(1e6)
      }
    },
  )

  it('runs a pattern with a repetition in a repetition as it is on short words', () => {
    const pattern = new GuardedPattern(/(?:\p{L}\p{M}*)+/u, faultOf)
    expect(['', 'a', 'sprechen'].map((word) => pattern.isQuick(word))).toEqual([true, true, true])
    expect(pattern.isQuick('a'.repeat(60))).toBe(false)
  })

  it('refuses what the engine finds too large when it is first used', () => {
    const large = new RegExp('a'.repeat(2 ** 20), 'u')
    expect(() => new GuardedPattern(large, faultOf)).toThrow('is too large')
  })

  it.each([
    ['^(\\w+\\s?,?)+$', 'one two,three', true],
    ['(?<=a)b|(c)\\1', 'xcc', true],
    ['^\\p{Lu}\\p{L}*$', 'Élan', true],
    ['^.$', '😀', true],
    ['a.c', 'a\u2028c', false],
    ['\\s', '\u00a0', true],
  ])('means by %s what JavaScript does with the flag u', (source, text, found) => {
    expect(new GuardedPattern(new RegExp(source, 'u'), faultOf).run(text, (regex) => regex.test(text))).toBe(found)
  })

  it('passes on what the work throws', () => {
    const work = (): never => {
      throw new RangeError('mine')
    }
    expect(() => new GuardedPattern(/(a+)+/u, faultOf).run('a', work)).toThrow(new RangeError('mine'))
  })
})

describe('pathsOf()', () => {
  it.each([
    ['abc', 1, 0],
    ['a|b|c', 3, 0],
    ['a?b?', 4, 0],
    [' {2,}', 1, 1],
    ['\\s+(?!\\S)|[^)|(]*', 2, 1],
    ['(ab)*c', 1, 1],
    ['^\\s*a{2,4}\\p{L}+?$', 3, 2],
    ['(?<name>a|b){3}', 8, 0],
  ])('counts the ways through %s', (source, factor, degree) => {
    expect(pathsOf(source)).toEqual({ factor, degree, base: 1 })
  })

  it('counts repetitions of what has a choice anew with each character', () => {
    expect(pathsOf('(a+)+')).toEqual({ factor: 4, degree: 2, base: 2 * Math.exp(1 / Math.E) })
    expect(pathsOf('(a|b)*c')).toEqual({ factor: 9, degree: 1, base: 3 })
  })

  it.each(['((?=a*)a)*', '(?:(?:a*)b){2,}', '(a)\\1', '('.repeat(300)])('gives no bound to %s', (source) => {
    expect(pathsOf(source).factor).toBe(Number.POSITIVE_INFINITY)
  })
})
