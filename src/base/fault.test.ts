import { expect, it } from 'vitest'
import { Fault } from './fault.ts'

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
