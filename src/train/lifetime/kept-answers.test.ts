import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { Prediction } from '../../lesson/protocol.ts'
import { KeptAnswers } from './kept-answers.ts'

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-kept-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'answers-0.kept')
}

const given = (from: number, ...texts: string[]) => ({
  from,
  answers: texts.map((prediction): Prediction => ({ prediction, tokens: 1, finish: 'end' })),
  seconds: 1,
})
const kept = (path: string, identity = 'work'): string[] =>
  new KeptAnswers(path, identity).answers.map(({ prediction }) => prediction)

it('KeptAnswers gives back what was appended, each once, to the same work alone', () => {
  const path = place()
  const answers = new KeptAnswers(path, 'work')
  answers.append(given(0, 'a', 'b'))
  answers.append(given(2, 'c'))
  // An orphan may write a batch a second time.
  answers.append(given(2, 'c'))
  answers.append(given(3, 'd'))
  expect(kept(path)).toEqual(['a', 'b', 'c', 'd'])
  expect(new KeptAnswers(path, 'work').seconds).toBe(3)
  expect(kept(path, 'other work')).toEqual([])
  new KeptAnswers(path, 'other work').append(given(0, 'x'))
  expect(kept(path, 'other work')).toEqual(['x'])
})

it('KeptAnswers goes on behind a line that is torn or damaged, and loses nothing of what follows', () => {
  const path = place()
  const answers = new KeptAnswers(path, 'work')
  answers.append(given(0, 'a'))
  answers.append(given(1, 'b'))
  truncateSync(path, readFileSync(path).length - 10)
  const next = new KeptAnswers(path, 'work')
  expect(next.answers).toHaveLength(1)
  next.append(given(1, 'b2'))
  next.append(given(2, 'c'))
  expect(kept(path)).toEqual(['a', 'b2', 'c'])
  writeFileSync(path, readFileSync(path, 'utf8').replace('b2', 'b3'))
  expect(kept(path)).toEqual(['a'])
  truncateSync(path, 3)
  new KeptAnswers(path, 'work').append(given(0, 'z'))
  expect(kept(path)).toEqual(['z'])
})
