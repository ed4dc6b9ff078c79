import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { fakeRunners, planFile, writeFakeStudy } from '../../test/rig/fake-study.ts'
import type { StepRunners } from '../study/steps/runners.ts'
import { Store } from '../study/store/store.ts'
import { runStudy } from './run-study.ts'

function studyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-changed-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

async function run(folder: string, runners: StepRunners, between: () => void = () => {}): Promise<string[]> {
  const plan = await planFile(writeFakeStudy(folder))
  between()
  const report = await runStudy(plan, { store: new Store(join(folder, 'store')), runners, program: 'test' })
  return report.failed.map(({ step, reason }) => `${step.label}: ${reason}`)
}

test('rows that have changed since the plan was made are not taken for those of its keys', async () => {
  const folder = studyFolder()
  const failed = await run(folder, fakeRunners(), () => appendFileSync(join(folder, 'reviews.csv'), 'more,Cost\n'))
  expect(failed).toEqual([
    'prepare res: Cannot use "reviews.csv" as it has changed since the study was read, and what it was is part of the result\'s key: run again',
  ])
})

test('a file that is written anew with the same content is the same', async () => {
  const folder = studyFolder()
  const failed = await run(folder, fakeRunners(), () => {
    const file = join(folder, 'reviews.csv')
    writeFileSync(`${file}.new`, readFileSync(file))
    renameSync(`${file}.new`, file)
    utimesSync(file, 1, 1)
  })
  expect(failed).toEqual([])
})

test.each([
  ['while it begins', 1],
  ['after it was read', 0],
])('a lesson whose start changes %s', async (_, updates) => {
  const folder = studyFolder()
  const states: string[] = []
  const runners: StepRunners = {
    ...fakeRunners(),
    async teach(work, context) {
      const told = { total: 9, unit: 'updates', from: 0 } as const
      if (updates === 0) context.onProgress({ ...told, done: 1 })
      await new Promise((resolve) => setTimeout(resolve, 100))
      writeFileSync(join(folder, 'spiece.model'), 'another')
      context.onProgress({ ...told, done: 2 })
      await new Promise((resolve) => setTimeout(resolve, 100))
      // As the engine does: it stores its state and ends when it is told to.
      if (context.signal.aborted) {
        mkdirSync(work.stateFolder, { recursive: true })
        writeFileSync(join(work.stateFolder, 'state.json'), '{}')
        states.push(work.stateFolder)
      }
      context.signal.throwIfAborted()
      return await fakeRunners().teach(work, context)
    },
  }
  const failed = await run(folder, runners)
  const [first = ''] = failed.filter((line) => line.startsWith('teach base -> a2t, seed 1'))
  expect(first.includes('has changed since the study was read')).toBe(updates === 1)
  // Once the file is back a lesson would go on from what was made of another.
  expect(states.length > 0).toBe(updates === 1)
  expect(states.filter((state) => existsSync(state))).toEqual([])
})
