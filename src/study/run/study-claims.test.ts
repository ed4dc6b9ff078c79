import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { fakeRunners, fakeStudyText, planFile, writeFakeStudy } from '../../../test/rig/fake-study.ts'
import { writeSealedJson } from '../../content/sealed-json.ts'
import { runStudy } from '../../execute/run-study.ts'
import type { StepKey } from '../keys.ts'
import type { Plan } from '../plan/plan.ts'
import { Store } from '../store/store.ts'
import { collectGarbage, foreignSteps, sparedWeights } from './garbage.ts'
import { changedInputs, keepClaim, namesakesOf, otherClaims } from './study-claims.ts'

/** A folder and its store, which are gone after the test. */
function place(): { folder: string; store: Store } {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'reteach-claims-')))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return { folder, store: new Store(join(folder, 'store')) }
}

async function ranFake(folder: string, store: Store, text = fakeStudyText): Promise<Plan> {
  const plan = await planFile(writeFakeStudy(folder, { 'study.yaml': text }))
  const report = await runStudy(plan, { store, runners: fakeRunners(), program: 'test' })
  expect(report.failed).toEqual([])
  return plan
}

test('changedInputs() names the tasks and starts whose files hold something else than when the study was last run', async () => {
  const { folder, store } = place()
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

test('collectGarbage() keeps what a study was last run with that found it finished, also its weights', async () => {
  const { folder, store } = place()
  const withoutRes = (text: string): string => text.replace('  - base -> res\n  - base -> res -> a2t\n', '')
  await ranFake(folder, store)
  const other = join(folder, 'other')
  const text = fakeStudyText.replace('study: fake', 'study: other')
  const second = await planFile(writeFakeStudy(other, { 'study.yaml': text }))
  expect((await runStudy(second, { store, runners: fakeRunners(), program: 'test' })).finished).toEqual([])
  const plan = await planFile(writeFakeStudy(folder, { 'study.yaml': withoutRes(fakeStudyText) }))
  const gone = [...second.steps.values()].filter(({ key }) => !plan.steps.has(key))
  expect(gone.length).toBeGreaterThan(3)
  expect(collectGarbage(store, { plans: [plan], dryRun: false, weights: 'none' })).toEqual([])
  expect(
    foreignSteps([plan], store)
      .map(({ key, study }) => [key, study])
      .toSorted(),
  ).toEqual(gone.map(({ key }) => [key, 'other']).toSorted())
  const spared = sparedWeights([plan], store, 'none')
  expect(spared).toEqual([{ study: 'other', file: join(other, 'study.yaml'), lessons: 1 }])
  // Once it has been run without them, or is not to be spared, they go.
  const removed = collectGarbage(store, { plans: [plan], dryRun: true, otherStudies: true })
  expect(new Set(removed.flatMap((one) => ('key' in one ? [one.key] : [])))).toEqual(
    new Set(gone.map(({ key }) => key)),
  )
  const less = await planFile(writeFakeStudy(other, { 'study.yaml': withoutRes(text) }))
  await runStudy(less, { store, runners: fakeRunners(), program: 'test' })
  expect(collectGarbage(store, { plans: [plan], dryRun: true })).toHaveLength(gone.length)
})

test('a claim goes with its project, and one of a file that is called otherwise by now is none', async () => {
  const { folder } = place()
  const [first, copy] = [join(folder, 'first'), join(folder, 'copy')]
  const store = new Store(join(first, 'store'))
  await ranFake(first, store)
  cpSync(first, copy, { recursive: true })
  const copied = new Store(join(copy, 'store'))
  const shorter = fakeStudyText.replace('  - base -> res\n  - base -> res -> a2t\n', '')
  const plan = await planFile(writeFakeStudy(copy, { 'study.yaml': shorter }))
  expect(namesakesOf(plan, copied)).toEqual([])
  expect(collectGarbage(copied, { plans: [plan], dryRun: true }).length).toBeGreaterThan(3)
  const renamed = await planFile(
    writeFakeStudy(first, { 'study.yaml': fakeStudyText.replace('study: fake', 'study: other\nweights: leaves') }),
  )
  const weights = (removed: readonly { readonly what: string }[]): number =>
    removed.filter(({ what }) => what === 'weights').length
  expect(weights(collectGarbage(store, { plans: [renamed], dryRun: true }))).toBe(1)
})

test('a claim of another program is none', async () => {
  const { folder, store } = place()
  const plan = await ranFake(folder, store)
  writeSealedJson(store.claimFile('a'.repeat(64)), { version: 0, study: 'other', steps: [] })
  expect(otherClaims([plan], store)).toEqual([])
  expect(collectGarbage(store, { plans: [plan], dryRun: false })).toEqual([])
  expect(readdirSync(store.claimsFolder)).toHaveLength(1)
})

test('rows that are made ready alone are no run: what the study needs stays as it was', async () => {
  const { folder, store } = place()
  const plan = await ranFake(folder, store)
  const other = join(folder, 'other')
  const second = await planFile(writeFakeStudy(other, { 'study.yaml': fakeStudyText.replace('fake', 'other') }))
  await runStudy(second, { store, runners: fakeRunners(), program: 'test' })
  const prepared = new Map([...second.steps].filter(([, { kind }]) => kind === 'prepare'))
  await runStudy({ ...second, steps: prepared }, { store, runners: fakeRunners(), program: 'test' })
  const [claim] = otherClaims([plan], store)
  expect([...claim!.steps].toSorted()).toEqual([...second.steps.keys()].toSorted())
})

test('collectGarbage() keeps what is known of the jobs of steps that a study of the same name waits for', async () => {
  const { folder, store } = place()
  const plan = await ranFake(folder, store, fakeStudyText.replace('  - base -> res\n  - base -> res -> a2t\n', ''))
  const second = await planFile(writeFakeStudy(join(folder, 'other'), { 'study.yaml': fakeStudyText }))
  keepClaim(second, store)
  const waiting = [...second.steps.keys()].filter((key) => !plan.steps.has(key))
  mkdirSync(store.jobsFolder, { recursive: true })
  for (const key of waiting)
    writeFileSync(join(store.jobsFolder, `${key}.json`), JSON.stringify({ key, study: 'fake' }))
  expect(collectGarbage(store, { plans: [plan], dryRun: true })).toEqual([])
  expect(collectGarbage(store, { plans: [plan], dryRun: true, otherStudies: true })).toHaveLength(waiting.length)
})

test('collectGarbage() tells a study of the same name by its file, as long as that is there', async () => {
  const { folder, store } = place()
  await ranFake(folder, store)
  const other = join(folder, 'copy')
  const second = await planFile(writeFakeStudy(other, { 'study.yaml': fakeStudyText }))
  await runStudy(second, { store, runners: fakeRunners(), program: 'test' })
  const shorter = fakeStudyText.replace('  - base -> res\n  - base -> res -> a2t\n', '')
  const plan = await planFile(writeFakeStudy(folder, { 'study.yaml': shorter }))
  expect(collectGarbage(store, { plans: [plan], dryRun: true })).toEqual([])
  expect(namesakesOf(plan, store)).toEqual([join(other, 'study.yaml')])
  expect(new Set(foreignSteps([plan], store).map(({ file }) => file))).toEqual(new Set([join(other, 'study.yaml')]))
  rmSync(other, { recursive: true })
  expect(collectGarbage(store, { plans: [plan], dryRun: false }).length).toBeGreaterThan(3)
  expect(readdirSync(store.claimsFolder)).toHaveLength(1)
})

test('collectGarbage() removes the state of a lesson that the study had before, as its claim or the record of its job says, and of no other', async () => {
  const { folder, store } = place()
  const saved = (key: string): StepKey => {
    mkdirSync(store.stateFolder('teach', key as StepKey), { recursive: true })
    writeFileSync(join(store.stateFolder('teach', key as StepKey), 'state.bin'), 'saved')
    return key as StepKey
  }
  const before = await planFile(
    writeFakeStudy(folder, { 'study.yaml': fakeStudyText.replace('epochs: 1', 'epochs: 2') }),
  )
  keepClaim(before, store)
  const plan = await planFile(writeFakeStudy(folder))
  const claimed = saved(
    [...before.steps.values()].find(({ kind, key }) => kind === 'teach' && !plan.steps.has(key))!.key,
  )
  const [job, others] = [saved('a'.repeat(64)), saved('b'.repeat(64))]
  mkdirSync(store.jobsFolder, { recursive: true })
  const records = { [job]: 'fake', [others]: 'another' }
  for (const [key, study] of Object.entries(records))
    writeFileSync(join(store.jobsFolder, `${key}.json`), JSON.stringify({ key, study, label: `lesson of ${study}` }))
  expect(foreignSteps([plan], store)).toEqual([
    { kind: 'teach', key: others, study: 'another', label: 'lesson of another' },
  ])
  const removed = collectGarbage(store, { plans: [plan], dryRun: false })
  const steps = removed.flatMap((one) => (one.what === 'step' ? [one] : []))
  expect(new Set(steps.map(({ key }) => key))).toEqual(new Set([claimed, job]))
  expect(steps).toContainEqual(expect.objectContaining({ key: job, study: 'fake', label: 'lesson of fake' }))
  expect(store.hasState('teach', others)).toBe(true)
})
