import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { fakeStudyText, planFile, writeFakeStudy } from '../../../test/rig/fake-study.ts'
import { fixture } from '../../../test/rig/study-folder.ts'
import { startSettingNotes } from './start-settings.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-start-settings-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** A study with two starts that have a folder, of which `told` says something, and `generate` of its first task. */
async function plan(generate: string, says: object, chains = ['told -> a2t', 'base -> a2t']) {
  const told = join(folder, 'told')
  cpSync(fixture('models/small-silu'), told, { recursive: true })
  const file = join(told, 'generation_config.json')
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), ...says }))
  const text = fakeStudyText
    .replace('starts:\n', `starts:\n  told: { path: ./told }\n`)
    .replace('    metrics: [bleu', `    ${generate}\n    metrics: [bleu`)
    .replace(/chains:\n(?: {2}- .*\n)*/u, `chains:\n${chains.map((chain) => `  - ${chain}\n`).join('')}`)
  return await planFile(writeFakeStudy(folder, { 'study.yaml': text }))
}

const answered = async (...of: Parameters<typeof plan>): Promise<unknown[]> =>
  [...(await plan(...of)).steps.values()].flatMap((step) => (step.kind === 'evaluate' ? [step.task.generate] : []))

const says = { num_beams: 4, length_penalty: 0.6, max_length: 30, num_return_sequences: 2 }

it('all chains are answered as the study says, whatever the folder of one says', async () => {
  expect(await answered('', says)).toEqual([
    { batch: 32, max_new_tokens: 128 },
    { batch: 32, max_new_tokens: 128 },
  ])
})

it('all chains are answered as the folder of a start says, where the study asks for it', async () => {
  const all = { batch: 32, max_length: 30, num_beams: 4, length_penalty: 0.6 }
  expect(await answered('generate: { from: told }', says)).toEqual([all, all])
  expect(await answered('generate: { from: told }', says, ['base -> a2t'])).toEqual([all])
  const { study } = await plan('generate: { from: told }', says)
  expect(startSettingNotes(study)).toEqual([
    '"a2t" is answered as the folder of "told" says, by all chains: max_length 30, num_beams 4, length_penalty 0.6',
  ])
})

it('what the study says itself stands over the folder', async () => {
  const [own] = await answered('generate: { from: told, max_new_tokens: 9, num_beams: 2 }', says)
  expect(own).toEqual({ batch: 32, max_new_tokens: 9, num_beams: 2, length_penalty: 0.6 })
  const [silent] = await answered('generate: { from: told }', {})
  expect(silent).toEqual({ batch: 32, max_new_tokens: 128 })
})

it('faults name the start, and what a folder says that cannot be done', async () => {
  await expect(plan('generate: { from: tolt }', says)).rejects.toThrow('Unknown start "tolt": did you mean "told"?')
  await expect(plan('generate: { from: base }', says)).rejects.toThrow('as it begins from scratch and has no folder')
  await expect(plan('generate: { from: told }', { do_sample: true })).rejects.toThrow(
    /study\.yaml:\d+:\d+ .*"do_sample" is true, but answers are never drawn by chance here/u,
  )
  await expect(plan('generate: { from: told, length_penalty: 2 }', {})).rejects.toThrow(
    'Cannot answer "a2t" with "length_penalty" as it is of no use without beams',
  )
  // Nobody asks what it says.
  expect(await answered('', { do_sample: true })).toHaveLength(2)
})
