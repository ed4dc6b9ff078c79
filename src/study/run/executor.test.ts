import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Fault } from '../../base/fault.ts'
import { stepFault } from './executor.ts'

function thrown(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}

test('stepFault() takes for a mistake of ours what is neither a fault nor a refusal of the system', () => {
  const refused = stepFault(thrown(() => readFileSync('/nowhere/at/all')))
  expect(refused).toEqual({
    reason: expect.stringMatching(/^Cannot go on as a file was refused \(ENOENT: .*\/nowhere/u),
  })
  expect(stepFault(new Fault('Cannot read "a"'))).toEqual({ reason: 'Cannot read "a"' })
  const bug = new TypeError('x is not a function')
  expect(stepFault(bug)).toEqual({ reason: bug.message, bug })
})

test('stepFault() tells a limit on open files, also that of a process which does the step', () => {
  const said = new Error("The teach process failed: Error: EMFILE: too many open files, open 'a'\n    at open")
  const reason = expect.stringMatching(/^Cannot go on as no more files may be open in this process \(ulimit -n\)/u)
  expect(stepFault(said)).toEqual({ reason })
})
