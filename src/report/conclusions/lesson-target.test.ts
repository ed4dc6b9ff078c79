import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runScripted, type Script, writeScriptedStudy } from '../../../test/rig/scripted-study.ts'
import { type LessonTarget, lessonTarget } from './lesson-target.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-target-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const bests: Readonly<Record<string, number>> = { 'base 1': 0.8, 'base 2': 0.7, 'other 1': 0.6 }
const script: Script = {
  right: () => 0.5,
  // The best is not the last one.
  losses: ({ lessons: [start], seed }) => [4, 2, bests[`${start} ${seed}`] ?? 1, 3],
}

/** By label, what each lesson of a study with its store filled is to reach. */
async function targets(more: string, run: Script = script): Promise<Record<string, LessonTarget | undefined>> {
  const { plan, store } = await runScripted(writeScriptedStudy(folder, more, { rows: 5 }), run)
  const found: Record<string, LessonTarget | undefined> = {}
  for (const { kind, key, label } of plan.steps.values()) {
    if (kind === 'teach') found[label.replace('teach ', '')] = await lessonTarget(key, plan, store)
  }
  return found
}

it('lessonTarget() is the best loss of the fresh lesson with the same start, seed and settings', async () => {
  const chains = ['base -> y', 'base -> x -> y', 'other -> y', 'other -> x -> y', 'base -> x -> y(learning_rate=0.1)']
  const found = await targets(`chains: ["${chains.join('", "')}"]\nseeds: [1, 2]`)
  const loss = (value: number): LessonTarget => ({ of: 'loss', value, lowIsBetter: true })
  expect(found['base -> x -> y, seed 1']).toEqual(loss(0.8))
  expect(found['base -> x -> y, seed 2']).toEqual(loss(0.7))
  expect(found['other -> x -> y, seed 1']).toEqual(loss(0.6))
  // A fresh lesson, one on the way, and one with other settings are to reach nothing.
  for (const label of ['base -> y, seed 1', 'base -> x, seed 1', 'base -> x -> y(learning_rate=0.1), seed 1']) {
    expect(found, label).toHaveProperty([label], undefined)
  }
})

it('lessonTarget() is nothing while the fresh lesson is not finished, and where there is none', async () => {
  const failure: Script['failure'] = ({ lessons }) => (lessons.join() === 'base,y' ? 'no memory' : undefined)
  const open = await targets('chains: [base -> y, base -> x -> y]\nseeds: [1]', { ...script, failure })
  expect(open).toHaveProperty(['base -> x -> y, seed 1'], undefined)
  const none = await targets('chains: [base -> x -> y]\nseeds: [3]')
  expect(none).toHaveProperty(['base -> x -> y, seed 3'], undefined)
})

it('lessonTarget() is the best score where a score decides', async () => {
  const by = '(best_by=exact-match)'
  const more = `chains: ["base -> y${by}", "base -> x -> y${by}"]\nseeds: [1]`
  const { plan, store } = await runScripted(writeScriptedStudy(folder, more, { rows: 5 }), script)
  const keyOf = (label: string) => [...plan.steps.values()].find((step) => step.label === `teach ${label}, seed 1`)!.key
  const line = (step: number, score: number): string =>
    `${JSON.stringify({ step, loss: 1, scores: { 'exact-match': score } })}\n`
  writeFileSync(store.lessonEvaluations(keyOf(`base -> y${by}`)), line(10, 0.25) + line(20, 2 / 3) + line(30, 0.5))
  const found = await lessonTarget(keyOf(`base -> x -> y${by}`), plan, store)
  expect(found).toEqual({ of: 'exact-match', value: 2 / 3, lowIsBetter: false })
})
