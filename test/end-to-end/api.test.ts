import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import type { StepRunners, TeachEvent, TeachOptions } from '../../src/index.ts'
import { fixture, writeStudyFolder } from '../rig/study-folder.ts'

// As a program has it that installs the package: lessons run the built files in processes of their own.
const built = new URL('../../dist/index.js', import.meta.url).href
const { engineRunners, planStudy, readInputs, readStudy, runStudy, Store, teach, tryLesson } = (await import(
  built
)) as typeof import('../../src/index.ts')

const folder = mkdtempSync(join(tmpdir(), 'reteach-api-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const data = join(folder, 'pairs.jsonl')
writeFileSync(data, `${JSON.stringify({ source: 'a red house', target: 'house' })}\n`.repeat(6))
const options: TeachOptions = {
  model: fixture('models/tiny-flan-t5'),
  data,
  out: join(folder, 'taught'),
  learningRate: 1e-3,
  batch: 2,
}

it('teach() writes a taught model and tells its updates', async () => {
  expect((await tryLesson({ ...options, epochs: 2 })).updates).toBe(6)
  const events: TeachEvent['type'][] = []
  const result = await teach({ ...options, epochs: 2 }, { onEvent: ({ type }) => void events.push(type) })
  expect(result).toMatchObject({ steps: 6, weightsSha256: expect.stringMatching(/^[0-9a-f]{64}$/u) as string })
  expect(events.filter((type) => type === 'step')).toHaveLength(6)
  expect(readFileSync(join(options.out, 'log.jsonl'), 'utf8').trimEnd().split('\n')).toHaveLength(6)
}, 60_000)

it('teach() refuses a lesson without a length, and a folder that holds something', async () => {
  await expect(teach(options)).rejects.toThrow('give either "epochs" or "steps"')
  await expect(teach({ ...options, out: folder, steps: 1 })).rejects.toThrow('it is there already')
})

it('runStudy() does what is not finished with the runners that it is given, and tells what it does', async () => {
  const file = writeStudyFolder(join(folder, 'study'), (text) =>
    text.replace(/chains:.*seeds/su, 'chains: ["flan -> a2t(best_by=bleu)"]\nseeds'),
  )
  const checked = readStudy(readFileSync(file, 'utf8'), file)
  if ('faults' in checked) throw new Error('the study has faults')
  const inputs = await readInputs(checked, { hubFolder: () => Promise.reject(new Error('no hub is needed')) })
  if ('faults' in inputs) throw new Error('the inputs have faults')
  const plan = planStudy(checked.study, inputs)
  const asked: unknown[] = []
  const runners: StepRunners = {
    teach(work, context) {
      asked.push([work.lesson.epochs, work.evaluate?.answers?.map(({ name }) => name)])
      return engineRunners.teach(work, context)
    },
    predict(work, context) {
      asked.push([work.prefix, work.maxSource])
      return engineRunners.predict(work, context)
    },
  }
  const store = new Store(join(folder, 'store'))
  const done: string[] = []
  const observer = { onFinish: ({ kind }: { kind: string }) => void done.push(kind) }
  const report = await runStudy(plan, { store, runners, program: 'a test', observer })
  expect(report.failed).toEqual([])
  expect(done).toEqual(['prepare', 'teach', 'evaluate'])
  expect(asked).toEqual([
    [1, ['a2t']],
    ['title: ', 32],
  ])
  const [lesson] = plan.chains[0]!.teach
  expect(store.result('teach', lesson!).steps).toBe(5)
  expect((await runStudy(plan, { store, runners, program: 'a test' })).reused).toHaveLength(3)
}, 60_000)
