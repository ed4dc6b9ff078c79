import { expect, it } from 'vitest'
import { Fault, isListOf, refuseArguments } from './fault.ts'

it('Fault keeps its sentence on one line, whatever stands in the names', () => {
  const { message } = new Fault('Cannot read "a\u001b]0;x\u0007\nb\u202e\u009b" as it is cut')
  expect(message).toBe('Cannot read "a\\u001b]0;x\\u0007\\u000ab\\u202e\\u009b" as it is cut')
})

it('Fault cuts names of thousands of letters and keeps the reason', () => {
  const long = new Fault(`Cannot read "${'n'.repeat(1e6)}" as the tensor "${'😀'.repeat(1e6)}" is cut`).message
  expect(long.length).toBeLessThan(2500)
  expect(long).toMatch(/^Cannot read "n{199}.*" as the tensor ".*" is cut$/u)
  const words = new Fault(`Cannot use ${'many words '.repeat(1e5)} as they are too many`).message
  expect(words.length).toBeLessThan(2500)
  expect(words).toMatch(/ as they are too many$/)
})

it('refuseArguments() names the first argument that is missing or wrong, also within an object', () => {
  const refuse = (given: object): void =>
    refuseArguments(given, { file: 'path', hooks: { fields: { signal: 'signal?', onEvent: 'function?' } } })
  expect(() => refuse({})).toThrow('Missing "file"')
  expect(() => refuse({ file: '' })).toThrow('Wrong value of "file": it must be a path')
  expect(() => refuse({ file: 'a' })).toThrow('Missing "hooks"')
  expect(() => refuse({ file: 'a', hooks: null })).toThrow('Wrong value of "hooks": it must be an object')
  expect(() => refuse({ file: 'a', hooks: { signal: {} } })).toThrow('"signal": it must be an AbortSignal')
  expect(() => refuse({ file: 'a', hooks: { onEvent: null } })).toThrow('"onEvent": it must be a function')
  expect(() => refuse({ file: 'a', hooks: { onevent: () => {} } })).toThrow(
    'Unknown option "onevent": did you mean "onEvent"?',
  )
  expect(() => refuse(Promise.resolve({}))).toThrow('Cannot use a promise: wait for what it gives')
  expect(() => refuse({ file: 'a', hooks: Promise.resolve({}) })).toThrow('Wrong value of "hooks": it is a promise')
  refuse({ file: 'a', hooks: { signal: new AbortController().signal, onEvent: () => {} } })
  refuse({
    file: 'a',
    hooks: new (class {
      state = 1
      onEvent(): void {}
    })(),
  })
})

it('isListOf() sees the gaps of a list, and no text or promise is one', () => {
  const isTexts = isListOf((item) => typeof item === 'string')
  expect([['a'], [], new Array(2), [1], 'ab', undefined, new Set(['a'])].map(isTexts)).toEqual([
    true,
    true,
    ...Array<boolean>(5).fill(false),
  ])
})
