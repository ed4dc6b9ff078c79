import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lessonDefaults } from '../../src/lesson/lesson-settings.ts'
import type { TeachEvent, TeachRequest, TeachResult } from '../../src/lesson/protocol.ts'
import { LessonInterrupted, teachLesson } from '../../src/train/lesson.ts'
import { fixture } from '../rig/study-folder.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-elsewhere-'))
  const lines = Array.from({ length: 12 }, (_, i) => `${JSON.stringify({ source: `red ${i}`, target: `boat ${i}` })}\n`)
  writeFileSync(join(folder, 'train.jsonl'), lines.join(''))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

function request(name: string, change: Partial<TeachRequest> = {}): TeachRequest {
  return {
    start: { folder: fixture('models/tiny-flan-t5') },
    lesson: {
      ...lessonDefaults,
      learningRate: 1e-3,
      schedule: 'constant',
      steps: 6,
      batch: 4,
      maxSource: 16,
      maxTarget: 8,
      order: 'file',
      seed: 1,
    },
    train: { pairs: join(folder, 'train.jsonl') },
    keep: 'last',
    outFolder: join(folder, name),
    stateFolder: join(folder, `${name}.state`),
    threads: 2,
    ...change,
  }
}

/** Teaches until so many updates are done. */
async function stopped(of: TeachRequest, updates: number): Promise<void> {
  let done = 0
  const onEvent = ({ type }: TeachEvent): void => {
    if (type === 'step') done++
  }
  await expect(teachLesson(of, { onEvent, shouldStop: () => done === updates })).rejects.toThrow(LessonInterrupted)
}

async function finished(of: TeachRequest): Promise<{ result: TeachResult; warnings: string[]; log: string }> {
  const warnings: string[] = []
  const onEvent = (event: TeachEvent): void => {
    if (event.type === 'warning') warnings.push(event.message)
  }
  const result = await teachLesson(of, { onEvent, shouldStop: () => false })
  return { result, warnings, log: readFileSync(join(of.outFolder, 'log.jsonl'), 'utf8') }
}

it('a lesson that goes on has the threads of its state, and its log whatever has become of the file', async () => {
  const alone = await finished(request('alone'))
  await stopped(request('cut'), 4)
  truncateSync(join(folder, 'cut.state/log.jsonl'), 20)
  await stopped(request('gone'), 4)
  rmSync(join(folder, 'gone.state/log.jsonl'))
  for (const name of ['cut', 'gone']) {
    const { result, log, warnings } = await finished(request(name, { threads: 1 }))
    expect(result.weightsSha256).toBe(alone.result.weightsSha256)
    expect(result.computer).toEqual(alone.result.computer)
    expect(result.computer).toMatchObject({ threads: 2 })
    expect([log, warnings]).toEqual([alone.log, []])
  }
})

it.each(['processor', 'runtime'] as const)(
  'a lesson whose state is of another %s goes on with a word, or not, as the user chose',
  async (part) => {
    const of = request('moved')
    await stopped(of, 3)
    changeState('moved', (header) => header.replace(new RegExp(`"${part}":"(.)`, 'u'), `"${part}":"~`))
    await expect(finished({ ...of, elsewhere: 'refuse' })).rejects.toThrow(
      new RegExp(`^Cannot go on with the lesson as the ${part} is ".*" and was "~`, 'u'),
    )
    expect((await finished(of)).warnings).toEqual([
      expect.stringMatching(new RegExp(`^The lesson goes on although the ${part} is`, 'u')),
    ])
  },
)

it('a lesson that goes on has the threads that its state says, whatever is asked for', async () => {
  const of = request('counted')
  await stopped(of, 3)
  changeState('counted', (header) => header.replace('"threads":2', '"threads":1'))
  const { result, warnings } = await finished({ ...of, elsewhere: 'refuse' })
  expect([result.computer?.threads, warnings]).toEqual([1, []])
})

it.each([
  ['an infinite second moment', Number.POSITIVE_INFINITY],
  ['a moment that is no number', Number.NaN],
])('a state with %s is not gone on from', async (_, value) => {
  const of = request('spoiled')
  await stopped(of, 3)
  // The last tensor has no rows of its own: the state ends with its second moments.
  changeState('spoiled', (header) => header, value)
  const path = join(folder, 'spoiled.state/state.bin')
  await expect(finished(of)).rejects.toThrow(
    `Cannot go on from the saved state in "${path}" as it holds a number that is not finite`,
  )
})

/** Writes a saved state as a sound program would, with another header of the same length and another last moment. */
function changeState(name: string, change: (header: string) => string, lastMoment?: number): void {
  const path = join(folder, `${name}.state/state.bin`)
  const bytes = readFileSync(path)
  const header = bytes.subarray(4, 4 + bytes.readUInt32LE())
  header.write(change(header.toString()))
  if (lastMoment !== undefined) bytes.writeFloatLE(lastMoment, bytes.length - 8)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4)
  writeFileSync(path, bytes)
}
