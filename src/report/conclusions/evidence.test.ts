import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { runScripted, writeScriptedStudy } from '../../../test/rig/scripted-study.ts'
import { conclude } from './conclusions.ts'

it('holds every start against the best of those that are better than the fresh one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-evidence-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const more = 'chains: [base -> x, base -> y, base -> y -> x, other -> y -> x]\nseeds: [1, 2]'
  const right: Record<string, number> = { 'base,x': 0.3, 'base,y,x': 0.6, 'other,y,x': 0.9 }
  const { plan, store } = await runScripted(writeScriptedStudy(folder, more, { rows: 60 }), {
    right: ({ lessons, seed }) => (lessons.join() === 'base,y' ? 0 : (right[lessons.join()] ?? 0.5) + seed / 100),
  })
  const { recommendations, transfer } = await conclude(plan, store)
  const [answer] = recommendations.filter(({ evidence }) => evidence.task === 'x')
  expect(answer!.take).toBe('other -> y -> x')
  const against = answer!.evidence.candidates.map(({ chain, againstBest }) => [chain, againstBest?.separable])
  expect(against).toEqual([
    ['base -> x', undefined],
    ['base -> y -> x', true],
    ['other -> y -> x', undefined],
  ])
  // Nothing is a share of a fresh start that has learnt nothing.
  const row = transfer!.rows.find(({ checkpoint }) => checkpoint === 'base -> y')
  expect(row!.cells).toMatchObject([undefined, { task: 'y', score: { mean: 0 }, share: undefined }])
})
