import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { fakeClusterWork, roomySite } from '../../../../test/rig/fake-cluster.ts'
import { FakeSlurm } from '../../../../test/rig/fake-slurm.ts'
import { runCommand } from '../../../../test/rig/run-command.ts'
import { runScripted, writeScriptedStudy } from '../../../../test/rig/scripted-study.ts'
import { submitStudy } from '../../../execute/submit-study.ts'
import { Store } from '../../../study/store/store.ts'
import { loadPlan } from '../../input/load-plan.ts'
import { storeFolder } from '../../input/store-folder.ts'
import { addStatusCommand } from './status.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-status-'))
})
afterEach(() => {
  process.exitCode = undefined
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

it.each([undefined, 'The disk is full'])('reteach status exits with 1 while a step has failed: %s', async (failure) => {
  const file = writeScriptedStudy(folder, 'chains: [base -> x]\nseeds: [1]', { rows: 10 })
  await runScripted(file, { right: () => 1, failure: () => failure })
  const { out } = await runCommand(addStatusCommand, ['status', file, '--json'])
  expect(out.includes('The disk is full')).toBe(failure !== undefined)
  expect(process.exitCode).toBe(failure === undefined ? undefined : 1)
})

it('reteach status shows the jobs of a study whose steps all wait, why, and that they have failed or cannot be asked for', async () => {
  const file = writeScriptedStudy(folder, 'chains: [base -> x]\nseeds: [1]', { rows: 10 })
  const store = new Store(storeFolder(file, {}))
  const plan = await loadPlan(file, store, {}, { looksOnly: true })
  const slurm = await FakeSlurm.start(join(folder, 'bin'), { ...roomySite, slots: 0 }, async () => 'COMPLETED')
  vi.stubEnv('PATH', `${slurm.folder}${delimiter}${process.env.PATH}`)
  try {
    await submitStudy(plan, { store, cluster: fakeClusterWork(), goOn: ['reteach'], isGoingOn: false })
    const shown = async () => (await runCommand(addStatusCommand, ['status', file])).out
    for (const job of slurm.alive) job.reason = 'ReqNodeNotAvail, UnavailableNodes:n1'
    expect(await shown()).toMatch(/^· prepare x {2}job 1 waits: ReqNodeNotAvail, UnavailableNodes:n1$/mu)
    expect(await shown()).toMatch(/^0 of 3 steps finished, 3 in the queue/mu)
    for (const job of slurm.alive) job.reason = 'launch failed requeued held'
    expect(await shown()).toMatch(/^· prepare x {2}job 1 waits: launch failed requeued held$/mu)
    expect(process.exitCode).toBe(undefined)
    for (const job of slurm.alive) job.state = 'CANCELLED'
    expect(await shown()).toMatch(/^✖ prepare x {2}job 1: cancelled on n1 \(.*\.log\): run again$/mu)
    expect(process.exitCode).toBe(1)
  } finally {
    await slurm.stop()
  }
  rmSync(slurm.folder, { recursive: true })
  const { out, err } = await runCommand(addStatusCommand, ['status', file])
  expect(err).toContain('The queue is not known')
  expect(out).toMatch(/^0 of 3 steps finished/mu)
})
