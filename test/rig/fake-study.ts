import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../src/base/fault.ts'
import { readStudy } from '../../src/study/file/read-study.ts'
import { describeFault } from '../../src/study/file/study-fault.ts'
import { readInputs } from '../../src/study/plan/inputs.ts'
import { type Plan, planStudy } from '../../src/study/plan/plan.ts'
import { withDevice } from '../../src/study/plan/study-device.ts'
import type { StepRunners, TeachWork } from '../../src/study/steps/runners.ts'
import type { DeviceDecision } from '../../src/study/study.ts'

/** A study's folder for tests: two tasks, a start from scratch and a plan of them. */
export function writeFakeStudy(folder: string, files: Readonly<Record<string, string>> = {}): string {
  const rows = Array.from({ length: 20 }, (_, i) => `text ${i},title ${i}`)
  const reviews = Array.from({ length: 20 }, (_, i) => `review ${i},${['Cost', 'Cost|Food', 'na', ''][i % 4]}`)
  const all = {
    'study.yaml': fakeStudyText,
    'titles.csv': `abstract,title\n${rows.join('\n')}\n`,
    'reviews.csv': `review,policies\n${reviews.join('\n')}\n`,
    'spiece.model': 'not looked into by the fake runners',
    ...files,
  }
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of Object.entries(all)) writeFileSync(join(folder, name), content)
  return join(folder, 'study.yaml')
}

export const fakeStudyText = `
study: fake
starts:
  base: { scratch: { d_model: 8 }, tokenizer: spiece.model }
tasks:
  a2t:
    prefix: "title: "
    data: { file: titles.csv, split: { train: 10, validation: 4, test: 6, seed: 1 } }
    source: abstract
    target: title
    teach: { learning_rate: 1e-3, epochs: 1, batch: 4 }
    metrics: [bleu, exact-match]
  res:
    prefix: "labels: "
    data: { file: reviews.csv, split: { train: 12, validation: 4, test: 4 } }
    source: review
    labels: { column: policies, separator: "|", none: na, classes: [Cost, Food] }
    teach: { learning_rate: 1e-3, epochs: 1, batch: 4 }
chains:
  - base -> a2t
  - base -> res
  - base -> res -> a2t
seeds: [1]
`

/** Reads and plans a study file, with what was decided of its device, or throws all its faults. */
export async function planFile(file: string, device?: DeviceDecision): Promise<Plan> {
  const checked = readStudy(readFileSync(file, 'utf8'), file)
  if ('faults' in checked) throw new Fault(checked.faults.map(describeFault).join('\n'))
  const inputs = await readInputs(checked, { hubFolder: async (hub) => join(file, '..', hub) })
  if ('faults' in inputs) throw new Fault(inputs.faults.map(describeFault).join('\n'))
  return planStudy(device === undefined ? checked.study : withDevice(checked.study, device), inputs)
}

/**
 * Runners that teach nothing but leave the right files: the "weights" are a hash of everything that went in, and a
 * prediction is the reference of every second row.
 */
export function fakeRunners(log: string[] = []): StepRunners {
  return {
    async teach(work, context) {
      const train = 'pairs' in work.train ? work.train.pairs : work.train.texts
      const before =
        'folder' in work.start
          ? readFileSync(join(work.start.folder, 'model.safetensors'), 'utf8')
          : JSON.stringify(work.start.scratch) + work.start.seed
      log.push(`teach ${prefixOf(work).trim()} from ${'folder' in work.start ? 'a checkpoint' : 'scratch'}`)
      const weights = createHash('sha256')
        .update(before)
        .update(readFileSync(train))
        .update(JSON.stringify(work.lesson))
        .digest('hex')
      writeFileSync(join(work.outFolder, 'model.safetensors'), weights)
      writeFileSync(join(work.outFolder, 'log.jsonl'), `${JSON.stringify({ step: 1, loss: 2 })}\n`)
      context.onProgress({ done: 1, total: 1, unit: 'updates', from: 0 })
      return { steps: 3, seconds: 0.5, loss: 2, weightsSha256: weights, peakRssBytes: 1 }
    },
    async predict(work) {
      log.push(`predict ${work.prefix?.trim()}`)
      const rows = readFileSync(work.sources, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { target: string })
      writeFileSync(
        work.out,
        rows.map(({ target }, i) => `${JSON.stringify({ prediction: i % 2 === 0 ? target : 'wrong' })}\n`).join(''),
      )
      return { seconds: 0.25, peakRssBytes: 1 }
    },
  }
}

/** What a lesson puts before its sources. */
export function prefixOf({ train }: TeachWork): string {
  return 'pairs' in train ? (train.prefix ?? '') : ''
}
