import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCommand } from '../../../../test/rig/run-command.ts'
import { runScripted, writeScriptedStudy } from '../../../../test/rig/scripted-study.ts'
import type { Conclusions } from '../../../report/conclusions/conclusions.ts'
import { addRecommendCommand } from './recommend.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-recommend-'))
})
afterEach(() => {
  process.exitCode = undefined
  rmSync(folder, { recursive: true, force: true })
})

const recommend = async (...args: string[]): Promise<string> =>
  (await runCommand(addRecommendCommand, ['recommend', ...args])).out

async function study(more: string, failure?: string): Promise<string> {
  const file = writeScriptedStudy(folder, more, { rows: 60 })
  await runScripted(file, {
    right: ({ lessons }, task) => (task === 'x' && lessons.includes('y') ? 0.9 : 0.4),
    failure: ({ lessons }) => (lessons.at(-1) === 'y' ? failure : undefined),
  })
  return file
}

describe('reteach recommend', () => {
  it('begins with the answer for each task and exits with 0 when all have one', async () => {
    const file = await study('chains: [base -> x, base -> y -> x, other -> y]\nseeds: [1, 2, 3]')
    const out = await recommend(file)
    const lines = out.split('\n')
    expect(lines[0]).toBe('Which start to take')
    expect(lines[1]).toMatch(/^- x: take base -> y -> x, better than the fresh start by 0\./)
    expect(lines[2]).toMatch(/^- y: nothing to choose: other is the only start/)
    expect(out).toMatch(/Which start for x\nstart [\s\S]*\nbase -> y/)
    expect(out).not.toContain('What each chain cost')
    const why = await recommend(file, '--why')
    expect(why.startsWith(lines.slice(0, 3).join('\n'))).toBe(true)
    expect(why).toMatch(/\n- base -> y -> x is better than base -> x by [\s\S]*\nWhat each chain cost\n/)
    expect(process.exitCode).toBeUndefined()
    const { recommendations } = JSON.parse(await recommend(file, '--json')) as Conclusions
    expect(recommendations.map(({ task, verdict }) => [task, verdict])).toEqual([
      ['x', 'other-start'],
      ['y', 'no-choice'],
    ])
    const [candidate] = recommendations[0]!.evidence.candidates
    expect(candidate!.seeds.map(({ evaluation }) => evaluation.length)).toEqual([64, 64, 64])
  })

  it('says what is missing and exits with 1', async () => {
    const file = await study('chains: [base -> x, base -> y -> x]\nseeds: [1, 2]', 'The disk is full')
    const out = await recommend(file)
    expect(process.exitCode).toBe(1)
    expect(out).toContain('x: no answer yet: 2 runs of it failed')
    expect(out).toContain(
      '- base -> y -> x, seed 1, is not tested on x, as "teach base -> y, seed 1" failed: The disk is full',
    )
  })

  it('has no answer before anything was run', async () => {
    const file = writeScriptedStudy(folder, 'chains: [base -> x, base -> y -> x]\nseeds: [1]', { rows: 10 })
    await expect(recommend(file)).rejects.toThrow(/^Nothing of study "scripted" in its store ".*\.reteach"$/u)
    const { recommendations } = JSON.parse(await recommend(file, '--json')) as Conclusions
    expect(recommendations.map(({ verdict }) => verdict)).toEqual(['incomplete'])
    expect(process.exitCode).toBe(1)
  })
})
