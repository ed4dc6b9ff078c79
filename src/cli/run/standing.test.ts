import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runScripted, writeScriptedStudy } from '../../../test/rig/scripted-study.ts'
import { Store } from '../../study/store/store.ts'
import { standing } from './standing.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-standing-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('standing tells of a study how many steps are finished, damaged, failed and waiting', async () => {
  const study = writeScriptedStudy(folder, 'chains: [base -> x, base -> y]\nseeds: [1]', { rows: 5 })
  const { plan, store } = await runScripted(study, { right: () => 0.5 })
  expect(standing(plan, store)).toBe('scripted: 2 chains, 6 steps, all finished')
  const [x, y] = plan.chains.map(({ evaluations }) => evaluations[0]!.key)
  const fileOf = (key: string, name: string): string => join(folder, '.reteach', 'evaluate', key, name)
  appendFileSync(fileOf(x!, 'step.json'), '{')
  rmSync(fileOf(y!, ''), { recursive: true })
  const place = `store "${store.folder}"`
  const now = (): string => standing(plan, new Store(store.folder))
  expect(now()).toBe(`scripted: 2 chains, 6 steps, 4 finished, 1 damaged, 1 waiting; ${place}`)
  writeFileSync(join(folder, '.reteach', 'evaluate', `${y}.failed.json`), '{"reason":"no room","time":""}')
  expect(now()).toBe(`scripted: 2 chains, 6 steps, 4 finished, 1 damaged, 1 failed; ${place}`)
})
