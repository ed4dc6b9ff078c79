import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { Store } from '../../study/store/store.ts'
import type { StudyTask } from '../../study/study.ts'
import type { Arm } from './arms.ts'
import { labelOutcomes } from './label-outcomes.ts'

it.each([0, 1])('labelOutcomes() takes 0/0 for what the task says: %d', async (zeroDivision) => {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-labels-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const predictionsFile = join(folder, 'predictions.jsonl')
  writeFileSync(predictionsFile, '{"labels": ["cost"], "predictedLabels": ["cost"]}\n')
  const task = {
    texts: { kind: 'labels', labels: { classes: ['cost', 'place'] } },
    metrics: [{ name: 'labels', metric: 'labels', options: { zeroDivision } }],
  } as unknown as StudyTask
  const arm = { chain: { label: 'a -> x' }, seeds: [{ evaluation: 'k' }] } as unknown as Arm
  const store = { predictionsFile: () => predictionsFile } as unknown as Store
  const { labels } = (await labelOutcomes(arm, task, store))!
  expect(labels).toEqual([
    { label: 'cost', precision: 1, recall: 1, f1: 1, support: 1 },
    { label: 'place', precision: zeroDivision, recall: zeroDivision, f1: zeroDivision, support: 0 },
  ])
})
