import fs, {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { readEvents } from './event-file.ts'
import { LessonEvents } from './lesson-events.ts'

let folder: string
let run: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-events-'))
  run = join(folder, 'board', 'run')
})
afterEach(() => rmSync(folder, { recursive: true }))

const paths = () => ({ updates: join(folder, 'log.jsonl'), evaluations: join(folder, 'evaluations.jsonl') })
const update = (step: number) => `{"step":${step},"loss":${step / 4},"tokens":10}\n`
const logUpdates = (...steps: number[]) => appendFileSync(paths().updates, steps.map(update).join(''))
const files = () => readdirSync(run)
const eventFile = () => join(run, files()[0]!)
const events = () => readEvents(readFileSync(eventFile())).events
const steps = () => events().map(({ step, values }) => `${Object.keys(values)[0]!.split('/')[0]} ${step}`)

describe('finish()', () => {
  test('writes every number of both logs, null as NaN, spread over the time that the lesson took', () => {
    writeFileSync(paths().updates, '{"step":1,"loss":2.5,"tokens":10}\n{"step":2,"loss":null,"tokens":12}\n')
    const evaluation = { step: 2, loss: 1.5, scores: { bleu: 0.25 }, note: 'x', stopped: true }
    writeFileSync(paths().evaluations, `${JSON.stringify(evaluation)}\n`)
    utimesSync(paths().updates, 1000, 1000)
    new LessonEvents(run, 'abcd').finish(paths(), 10)
    expect(files()).toEqual(['events.out.tfevents.990.reteach-abcd'])
    expect(events()).toEqual([
      { step: 1, wallTime: 995, values: { 'train/loss': 2.5, 'train/tokens': 10 } },
      { step: 2, wallTime: 1000, values: { 'train/loss': Number.NaN, 'train/tokens': 12 } },
      { step: 2, wallTime: 1000, values: { 'eval/loss': 1.5, 'eval/bleu': 0.25 } },
    ])
  })

  test('leaves a file that has everything as it is, and adds what one has not', () => {
    logUpdates(1, 2)
    new LessonEvents(run, 'abcd').follow(paths())
    logUpdates(3)
    new LessonEvents(run, 'abcd').finish(paths(), 10)
    expect(steps()).toEqual(['train 1', 'train 2', 'train 3'])
    const before = readFileSync(eventFile())
    new LessonEvents(run, 'abcd').finish(paths(), 10)
    expect([files().length, readFileSync(eventFile())]).toEqual([1, before])
  })

  test('writes anew what a lesson has logged otherwise in the end, on another processor', () => {
    logUpdates(1, 2, 3)
    new LessonEvents(run, 'abcd').follow(paths())
    writeFileSync(paths().updates, '{"step":1,"loss":0.25,"tokens":10}\n{"step":2,"loss":0.75,"tokens":10}\n')
    new LessonEvents(run, 'abcd').finish(paths(), 10)
    expect(events().map(({ values }) => values['train/loss'])).toEqual([0.25, 0.75])
    expect(files()).toHaveLength(1)
  })

  test('writes nothing of a lesson without a log', () => {
    new LessonEvents(run, 'abcd').finish(paths(), 10)
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('follow()', () => {
  test('grows with the logs, and leaves a line that is not whole for the next time', () => {
    const followed = new LessonEvents(run, 'abcd')
    followed.follow(paths())
    expect(readdirSync(folder)).toEqual([])
    logUpdates(1, 2)
    followed.follow(paths())
    const before = readFileSync(eventFile())
    writeFileSync(paths().evaluations, '{"step":2,"loss":1.5}\n')
    appendFileSync(paths().updates, update(3).slice(0, 9))
    followed.follow(paths())
    appendFileSync(paths().updates, update(3).slice(9))
    followed.follow(paths())
    expect(steps()).toEqual(['train 1', 'train 2', 'eval 2', 'train 3'])
    expect(readFileSync(eventFile()).subarray(0, before.length)).toEqual(before)
  })

  test('goes on behind a kill: no step twice, none lost, and what was cut of the file goes', () => {
    logUpdates(1, 2, 3)
    writeFileSync(paths().evaluations, '{"step":2,"loss":1.5}\n')
    new LessonEvents(run, 'abcd').follow(paths())
    truncateSync(eventFile(), readFileSync(eventFile()).length - 5)
    // The lesson goes on from its state after update 1, in a process of its own.
    writeFileSync(paths().updates, update(1))
    rmSync(paths().evaluations)
    const followed = new LessonEvents(run, 'abcd')
    followed.follow(paths())
    logUpdates(2, 3, 4)
    writeFileSync(paths().evaluations, '{"step":2,"loss":1.5}\n')
    followed.follow(paths())
    expect(files()).toHaveLength(1)
    expect(steps().toSorted()).toEqual(['eval 2', 'train 1', 'train 2', 'train 3', 'train 4'])
    expect(readEvents(readFileSync(eventFile())).bytes).toBe(readFileSync(eventFile()).length)
  })

  test('begins the log anew where the lesson goes on from an older state in the same process', () => {
    const followed = new LessonEvents(run, 'abcd')
    logUpdates(1, 2, 3)
    followed.follow(paths())
    writeFileSync(paths().updates, update(1))
    followed.follow(paths())
    logUpdates(2, 3, 4)
    followed.follow(paths())
    expect(steps()).toEqual(['train 1', 'train 2', 'train 3', 'train 4'])
  })

  test('writes no step again behind those that finish() has put last', () => {
    logUpdates(1, 3)
    new LessonEvents(run, 'abcd').follow(paths())
    writeFileSync(paths().updates, [1, 2, 3].map(update).join(''))
    new LessonEvents(run, 'abcd').finish(paths(), 10)
    expect(steps()).toEqual(['train 1', 'train 3', 'train 2'])
    new LessonEvents(run, 'abcd').follow(paths())
    expect(steps()).toEqual(['train 1', 'train 3', 'train 2'])
  })

  test('takes a part of a record back that a full disk has left', () => {
    const followed = new LessonEvents(run, 'abcd')
    logUpdates(1)
    followed.follow(paths())
    const append = fs.appendFileSync
    onTestFinished(() => {
      fs.appendFileSync = append
      syncBuiltinESMExports()
    })
    fs.appendFileSync = (path, data) => {
      append(path, (data as Buffer).subarray(0, 9))
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
    }
    syncBuiltinESMExports()
    writeFileSync(paths().updates, [1, 2].map(update).join(''))
    expect(() => followed.follow(paths())).toThrow('the disk is full')
    fs.appendFileSync = append
    syncBuiltinESMExports()
    logUpdates(3)
    followed.follow(paths())
    expect(steps()).toEqual(['train 1', 'train 3'])
    followed.finish(paths(), 10)
    expect(steps()).toEqual(['train 1', 'train 3', 'train 2'])
  })

  test('goes on in a file of which only the beginning was written', () => {
    mkdirSync(run, { recursive: true })
    writeFileSync(join(run, 'events.out.tfevents.5.reteach-abcd'), 'x')
    logUpdates(1)
    new LessonEvents(run, 'abcd').follow(paths())
    expect(steps()).toEqual(['train 1'])
  })
})

test('LessonEvents refuses a folder where another run is', () => {
  logUpdates(1)
  new LessonEvents(run, 'abcd').follow(paths())
  expect(() => new LessonEvents(run, 'efgh')).toThrow(
    `"events.out.tfevents.${files()[0]!.split('.')[3]}.reteach-abcd" is there, another run's: name a folder of its own`,
  )
})
