import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { fakeRunners, fakeStudyText, planFile, writeFakeStudy } from '../../../../test/rig/fake-study.ts'
import { runStudy } from '../../../execute/run-study.ts'
import { Store } from '../../store/store.ts'
import type { StepRunners } from '../runners.ts'

test('what is wrong with answers is told with what to do where the task was taught, and not of tests that all models have', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-evaluate-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const text = fakeStudyText.replace(
    /chains:.*/su,
    'chains:\n  - base -> a2t\n  - { chain: base -> a2t -> res, evaluate: [res, a2t] }\n  - base -> res\nevaluate: { everywhere: true }\nseeds: [1]\n',
  )
  const plan = await planFile(writeFakeStudy(folder, { 'study.yaml': text }))
  const runners: StepRunners = {
    ...fakeRunners(),
    async predict({ sources, out }) {
      const rows = readFileSync(sources, 'utf8').trimEnd().split('\n')
      writeFileSync(out, '{"prediction":""}\n'.repeat(rows.length))
      return { seconds: 1, peakRssBytes: 1 }
    },
  }
  const told: string[] = []
  const observer = { onNotice: (_: unknown, sentence: string) => void told.push(sentence) }
  await runStudy(plan, { store: new Store(join(folder, 'store')), runners, program: 'test', observer })
  const empty = told.filter((sentence) => sentence.includes('answers are empty'))
  expect(empty.toSorted()).toEqual([
    expect.stringMatching(/^evaluate base -> a2t -> res, seed 1 on a2t: 6 of 6 answers are empty$/u),
    expect.stringMatching(/^evaluate base -> a2t, seed 1 on a2t: 6 of 6 answers are empty; /u),
  ])
})
