import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { fakeRunners, fakeStudyText, planFile, writeFakeStudy } from '../../../test/rig/fake-study.ts'
import { runStudy } from '../../execute/run-study.ts'
import { Store } from '../store/store.ts'
import { changedInputs } from './study-claims.ts'

test('changedInputs() names the tasks and starts whose files hold something else than when the study was last run', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-claims-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const store = new Store(join(folder, 'store'))
  const file = writeFakeStudy(folder)
  const first = await planFile(file)
  expect(changedInputs(first, store)).toBeUndefined()
  await runStudy(first, { store, runners: fakeRunners(), program: 'test' })
  expect(changedInputs(first, store)).toBeUndefined()
  // What the user has changed in the study says itself what it is.
  writeFileSync(file, fakeStudyText.replaceAll('epochs: 1', 'epochs: 2'))
  expect(changedInputs(await planFile(file), store)).toBeUndefined()
  writeFileSync(file, fakeStudyText)
  appendFileSync(join(folder, 'reviews.csv'), 'more,Cost\n')
  const changed = changedInputs(await planFile(file), store)
  expect(changed).toMatchObject({ tasks: ['res'], starts: [] })
  expect(changed!.steps).toBeGreaterThan(2)
  writeFileSync(join(folder, 'spiece.model'), 'another')
  const both = await planFile(file)
  expect(changedInputs(both, store)).toMatchObject({ tasks: ['res'], starts: ['base'] })
  await runStudy(both, { store, runners: fakeRunners(), program: 'test' })
  expect(changedInputs(both, store)).toBeUndefined()
})
