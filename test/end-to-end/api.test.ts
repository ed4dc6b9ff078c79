import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import type { Plan, StepRunners, TeachEvent, TeachOptions } from '../../src/index.ts'
import { fixture, writeStudyFolder } from '../rig/study-folder.ts'

// As a program has it that installs the package: lessons run the built files in processes of their own.
const built = new URL('../../dist/index.js', import.meta.url).href
const reteach = (await import(built)) as typeof import('../../src/index.ts')
const { engineRunners, lossOf, planStudy, predictInChild, readInputs, readStudy, runStudy, Store, teach, tryLesson } =
  reteach

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

async function plannedStudy(name: string, chain: string): Promise<Plan> {
  const file = writeStudyFolder(join(folder, name), (text) =>
    text.replace(/chains:.*seeds/su, `chains: ["${chain}"]\nseeds`),
  )
  const checked = readStudy(readFileSync(file, 'utf8'), file)
  if ('faults' in checked) throw new Error('the study has faults')
  const inputs = await readInputs(checked, { hubFolder: () => Promise.reject(new Error('no hub is needed')) })
  if ('faults' in inputs) throw new Error('the inputs have faults')
  return planStudy(checked.study, inputs)
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

it('teach(), lossOf() and predictInChild() refuse in a sentence what a program in JavaScript may give', async () => {
  const { batch, ...without } = { ...options, steps: 1 }
  const given = (more: object): TeachOptions => ({ ...options, steps: 1, ...more }) as TeachOptions
  await expect(teach(without as TeachOptions)).rejects.toThrow(/^Missing "batch"$/u)
  for (const threads of [-1, 0, 1.5, 'x'])
    await expect(teach(given({ threads }))).rejects.toThrow('a whole number of 1 to')
  for (const saveEvery of [-1, 0, 'x']) await expect(teach(given({ saveEvery }))).rejects.toThrow('as "saveEvery"')
  await expect(predictInChild({} as never)).rejects.toThrow(/^Missing "model"$/u)
  await expect(lossOf({ model: options.model, pairs: data, batch: 'x' } as never)).rejects.toThrow(
    'Wrong value of "batch": it must be a whole number of at least 1',
  )
  await expect(lossOf({ model: options.model, pair: data } as never)).rejects.toThrow(
    'Unknown option "pair": did you mean "pairs"?',
  )
})

const library = reteach as unknown as Readonly<Record<string, (...given: unknown[]) => unknown>>
const loss = { model: 'm', pairs: 'p', batch: 1, maxSource: 1, maxTarget: 1 }
it.each([
  ['teach', [], 'Missing "model"'],
  ['teach', [{ ...options, epochs: 1 }, null], 'Wrong value of "hooks": it must be an object'],
  ['predictInChild', [], 'Missing "model"'],
  ['predictInChild', [null], 'Missing "model"'],
  ['lossOf', [], 'Missing "model"'],
  ['lossOf', [loss, null], 'Wrong value of "options": it must be an object'],
  ['lossOf', [loss, { signal: 5 }], 'Wrong value of "signal": it must be an AbortSignal'],
  ['teachInChild', [], 'Missing "start"'],
  ['teachInChild', [{}], 'Missing "start"'],
  [
    'teachInChild',
    [{ start: 'm' }],
    'Wrong value of "start": it must be an object with "folder", or one with "scratch", "tokenizer" and "seed"',
  ],
  ['hubFolder', [], 'Missing "hub"'],
  ['hubFolder', ['owner/name', 5], 'Wrong value of "revision": it must be a text'],
  ['hubFolder', ['owner/name', 'main', 'all', null], 'Wrong value of "options": it must be an object'],
  ['readRows', [], 'Missing "source"'],
  ['readRows', ['rows.csv'], 'Wrong value of "source": it must be an object'],
  ['readRows', [{ file: 5 }], 'Wrong value of "file": it must be a path'],
  ['readRows', [{ file: 'rows.csv' }, null], 'Wrong value of "options": it must be an object'],
  ['loadTokenizer', [], 'Missing "folder"'],
  ['readStudy', [], 'Missing "text"'],
  ['teach', [Promise.resolve(options)], 'Cannot use a promise: wait for what it gives'],
  ['lossOf', [{ ...loss, device: 'gpu' }], 'Wrong value of "device": it must be "cpu" or "webgpu"'],
  ['hubFolder', ['owner/name', 'main', 'some'], 'Wrong value of "parts": it must be "all" or "tokenizer"'],
  ['describeFault', ['text'], 'Wrong value of "fault": it must be an object'],
  [
    'readInputs',
    [{ faults: [] }],
    'Wrong value of "checked": it must be what readStudy() gives of a study without faults',
  ],
  ['readInputs', [{ study: {}, faultAt: () => {} }, {}], 'Missing "hubFolder"'],
  ['planStudy', [], 'Missing "study"'],
  ['planStudy', [Promise.resolve()], 'Wrong value of "study": it is a promise, wait for what it gives'],
  ['runStudy', [], 'Missing "plan"'],
  ['taskTables', [], 'Missing "plan"'],
  ['conclude', [{ study: {}, steps: {}, chains: [] }, folder], 'Wrong value of "store": it must be a Store'],
  ['markdownTable', [[]], 'Wrong value of "table": it must be one of the tables that taskTables() gives'],
  ['sentenceBleu', ['text'], 'Wrong value of "predictions": it must be a list of texts'],
])('%s() says in words what is wrong with %j', async (name, given, sentence) => {
  const told = async (): Promise<unknown> => {
    const made = library[name]!(...given)
    return name === 'readRows' ? await (made as AsyncGenerator).next() : await made
  }
  await expect(told()).rejects.toThrow(new reteach.Fault(sentence))
})

it('an exception of a listener ends the lesson, and is what comes of it; its state stays', async () => {
  const error = new Error('boom')
  const out = join(folder, 'listened')
  const onEvent = ({ type }: TeachEvent): void => {
    if (type === 'step') throw error
  }
  await expect(teach({ ...options, out, epochs: 40 }, { onEvent })).rejects.toBe(error)
  const went: TeachEvent[] = []
  await teach({ ...options, out, epochs: 40 }, { onEvent: (event) => void went.push(event) })
  expect(went.find(({ type }) => type === 'started')).toMatchObject({ steps: 120 })
}, 60_000)

it('an exception of an observer ends the run once what is under way has ended, and is what comes of it', async () => {
  const plan = await plannedStudy('observed', 'flan -> a2t')
  const store = new Store(join(folder, 'observed-store'))
  const error = new Error('boom')
  let underWay = 0
  const runners: StepRunners = {
    async teach(work, context) {
      underWay++
      return await engineRunners.teach(work, context).finally(() => underWay--)
    },
    predict: (work, context) => engineRunners.predict(work, context),
  }
  const onProgress = (): void => {
    throw error
  }
  const run = runStudy(plan, { store, runners, program: 'test', observer: { onProgress } })
  await expect(run).rejects.toBe(error)
  expect(underWay).toBe(0)
}, 60_000)

it('runStudy() does what is not finished with the runners that it is given, and tells what it does', async () => {
  const plan = await plannedStudy('study', 'flan -> a2t(best_by=bleu)')
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
