import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { fakeRunners, fakeStudyText, planFile, writeFakeStudy } from '../../../test/rig/fake-study.ts'
import { runStudy } from '../../execute/run-study.ts'
import { Store } from '../store/store.ts'
import { collectGarbage } from './garbage.ts'
import { repeatNotes, stepsToDo } from './readiness.ts'

it('stepsToDo() has lessons that are finished, and whose removed weights an open step begins with', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-readiness-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const store = new Store(join(folder, 'store'))
  const plan = await planFile(writeFakeStudy(folder))
  await runStudy(plan, { store, runners: fakeRunners(), program: 'test' })
  collectGarbage(store, { plans: [plan], weights: 'none', dryRun: false })
  expect(stepsToDo(plan, store)).toEqual([])
  expect(repeatNotes(plan, store)).toEqual([])
  const longer = fakeStudyText.replace('- base -> res -> a2t', '- base -> res -> a2t -> res')
  const more = await planFile(writeFakeStudy(folder, { 'study.yaml': longer }))
  const labels = ['teach base -> res, seed 1', 'teach base -> res -> a2t, seed 1']
  const kinds = stepsToDo(more, store).map(({ label }) => label)
  expect(kinds).toEqual(expect.arrayContaining([...labels, 'teach base -> res -> a2t -> res, seed 1']))
  expect(repeatNotes(more, store)).toEqual([
    `Finished and to be done again, as what is open begins with weights that were removed: "${labels.join('", "')}"`,
  ])
})
