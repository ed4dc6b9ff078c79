import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runCommand } from '../../../../test/rig/run-command.ts'
import { runScripted, writeScriptedStudy } from '../../../../test/rig/scripted-study.ts'
import { addStatusCommand } from './status.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-status-'))
})
afterEach(() => {
  process.exitCode = undefined
  rmSync(folder, { recursive: true, force: true })
})

it.each([undefined, 'The disk is full'])('reteach status exits with 1 while a step has failed: %s', async (failure) => {
  const file = writeScriptedStudy(folder, 'chains: [base -> x]\nseeds: [1]', { rows: 10 })
  await runScripted(file, { right: () => 1, failure: () => failure })
  const { out } = await runCommand(addStatusCommand, ['status', file, '--json'])
  expect(out.includes('The disk is full')).toBe(failure !== undefined)
  expect(process.exitCode).toBe(failure === undefined ? undefined : 1)
})
