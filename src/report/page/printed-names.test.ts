import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runScripted, writeScriptedStudy } from '../../../test/rig/scripted-study.ts'
import { conclude } from '../conclusions/conclusions.ts'
import { markdownConclusions } from '../conclusions/render-conclusions.ts'
import { studyResults } from '../results/study-results.ts'
import { pageAnswers, pageEvidence, pageTransfer } from './page-answers.ts'
import { pageHow } from './page-how.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-printed-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const names = {
  x: 'Sums',
  y: 'Words',
  'exact-match': 'Hits',
  'base -> x': 'Fresh sums',
  'base -> y': 'Fresh words',
  'base -> x -> y': 'Sums first',
  'base -> y(learning_rate=0.01)': 'Quick words',
  'base -> x -> y(learning_rate=0.01)': 'Quick, sums first',
}

it('the names that a study gives stand in every heading, cell and sentence that tells of chains, tasks and scores', async () => {
  const chains = Object.keys(names).filter((name) => name.includes('->'))
  const keys = { chains, seeds: [1, 2], evaluate: { everywhere: true }, report: { names } }
  const more = Object.entries(keys).map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
  const study = writeScriptedStudy(folder, more.join('\n'), { rows: 20 })
  const { plan, store } = await runScripted(study, { right: ({ lessons }) => 0.4 + 0.1 * lessons.length })
  const results = studyResults(plan, store)
  const conclusions = await conclude(plan, store, results)
  const { data, lessons } = pageHow(results, [])
  const { sentences: _, ...transfer } = pageTransfer(conclusions)!
  const evidence = pageEvidence(conclusions)
  const told = JSON.stringify([
    pageAnswers(conclusions),
    transfer,
    evidence,
    data.rows.map((row) => row.slice(0, -1)),
    lessons,
  ])
  for (const name of Object.values(names)) expect(told).toContain(name)
  const raw = /base -> [xy]|"[xy]"|"[xy] \(|\bexact\b|(?:of|on|learns) [xy]\b/u
  expect(told.match(raw)).toBeNull()
  const { sentences, title } = evidence.find((section) => section.title.startsWith('Learning rates of'))!
  expect(title).toBe('Learning rates of Words, tested on Words')
  expect(sentences.join()).toContain('learning rates of Words')
  expect(markdownConclusions(conclusions)).toContain('### How fast the last lesson learns Words')
  // What programs read keeps the names of the study file.
  expect(conclusions.convergence.map(({ task }) => task)).toEqual(['x', 'y'])
})
