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

it('a lesson whose state is of another processor goes on with a word, or not', async () => {
  const of = request('moved')
  await stopped(of, 3)
  const path = join(folder, 'moved.state/state.bin')
  const bytes = readFileSync(path)
  const header = bytes.subarray(4, 4 + bytes.readUInt32LE())
  const text = header.toString().replace(/"processor":"(.)/u, '"processor":"~')
  header.write(text)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4)
  writeFileSync(path, bytes)
  await expect(finished({ ...of, elsewhere: 'refuse' })).rejects.toThrow(
    /^Cannot go on with the lesson as the processor is ".*" and was "~/u,
  )
  expect((await finished(of)).warnings).toEqual([
    expect.stringMatching(/^The lesson goes on although the processor is/u),
  ])
})
