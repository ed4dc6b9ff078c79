import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parse } from 'yaml'
import { runScripted, writeScriptedStudy } from '../../test/rig/scripted-study.ts'
import { checkpointsOf } from '../study/checkpoints/checkpoints.ts'
import type { Plan } from '../study/plan/plan.ts'
import type { Store } from '../study/store/store.ts'
import { modelCard } from './model-card.ts'
import { saveCards } from './save-cards.ts'

const more = `
mixtures:
  both: { of: { x: 1, y: 1 }, by: rows }
chains: [base -> x, base -> x -> y, base -> both]
seeds: [1]`

let folder: string
let study: { plan: Plan; store: Store }
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-cards-'))
  study = await runScripted(writeScriptedStudy(folder, more, { rows: 10 }), { right: () => 0.5 })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('saveCards() writes a card with front matter into every kept model, leaves steps sound and writes nothing twice', async () => {
  const { plan, store } = study
  const keys = checkpointsOf(plan).map(({ step }) => step.key)
  for (const key of keys) expect(store.sealStep('teach', key)).toBe(true)
  store.removeWeights(keys[0]!, false)
  await saveCards(plan, store)
  expect(keys.map((key) => existsSync(store.cardFile(key)))).toEqual([false, true, true])
  const card = readFileSync(store.cardFile(keys[1]!), 'utf8')
  expect(card).toMatch(/^---\nlibrary_name: transformers\n[\s\S]*?\n---\n\n# base -> x -> y\n/u)
  expect(parse(card.split('---\n')[1]!)).toMatchObject({
    library_name: 'transformers',
    tags: expect.arrayContaining(['reteach']),
  })
  expect(card).toContain('reteach predict --model "study.yaml#base -> x -> y@1" --input new-rows.csv')
  expect(store.recheck('teach', keys[1]!, true)).toMatchObject({ state: 'sound', strangers: [] })
  const { ino } = statSync(store.cardFile(keys[1]!))
  await saveCards(plan, store)
  expect(statSync(store.cardFile(keys[1]!)).ino).toBe(ino)
  store.removeWeights(keys[2]!, false)
  rmSync(store.cardFile(keys[2]!))
  expect(store.recheck('teach', keys[2]!, true)).toMatchObject({ state: 'sound' })
})

it('modelCard() speaks of a prefix where there is one', async () => {
  const { plan, store } = study
  const checkpoint = checkpointsOf(plan)[1]!
  const task = [...plan.study.tasks.values()][0]!
  const card = (prefix: string) =>
    modelCard({ plan, store, checkpoint, task: { ...task, prefix }, calibration: undefined })
  expect(await card('x: ')).toContain('\nThe prefix `"x: "` stands before every source; sources of more than ')
  const without = await card('')
  expect(without).not.toContain('The prefix')
  expect(without).toMatch(/\nSources of more than \d+ tokens are cut\.\n/u)
})

it('modelCard() asks transformers for the slow tokenizer where the folder has nothing but a spiece.model', async () => {
  const { plan, store } = study
  const checkpoint = checkpointsOf(plan)[1]!
  const task = [...plan.study.tasks.values()][0]!
  const card = () => modelCard({ plan, store, checkpoint, task, calibration: undefined })
  const place = (name: string): string => join(store.modelFolder(checkpoint.step.key), name)
  expect(await card()).toContain('AutoTokenizer.from_pretrained("DIR")\n')
  writeFileSync(place('spiece.model'), '')
  expect(await card()).toContain('AutoTokenizer.from_pretrained("DIR", use_fast=False)\n')
  writeFileSync(place('tokenizer.json'), '')
  expect(await card()).toContain('AutoTokenizer.from_pretrained("DIR")\n')
  for (const name of ['spiece.model', 'tokenizer.json']) rmSync(place(name))
})
