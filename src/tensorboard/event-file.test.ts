import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { crc32c } from './crc32c.ts'
import { eventFile } from './event-file.ts'
import { saveLessonEvents } from './save-lesson-events.ts'

test('crc32c() gives the values of RFC 3720, appendix B.4', () => {
  expect(crc32c(new Uint8Array(32)).toString(16)).toBe('8a9136aa')
  expect(crc32c(new Uint8Array(32).fill(255)).toString(16)).toBe('62a8ab43')
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, at) => at)).toString(16)).toBe('46dd794e')
})

test('eventFile() writes the bytes that tensorboard 2.21 writes', () => {
  // RecordWriter of tensorboard.summary.writer.record_writer, over the same two messages of event_pb2.
  const golden =
    '1800000000000000a37f4b220900000000000014401a0d627261696e2e4576656e743a32d1534f3e' +
    '200000000000000029eda950090000000000001a4010032a130a110a0a747261696e2f6c6f7373150000003fb64599ab'
  expect(eventFile([{ tag: 'train/loss', step: 3, value: 0.5, wallTime: 6.5 }], 5).toString('hex')).toBe(golden)
})

test('saveLessonEvents() writes every number of both logs, null as NaN, and the same bytes each time', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-events-'))
  writeFileSync(join(folder, 'log.jsonl'), '{"step":1,"loss":2.5,"tokens":10}\n{"step":2,"loss":null,"tokens":12}\n')
  const evaluation = { step: 2, loss: 1.5, scores: { bleu: 0.25 }, note: 'x', stopped: true }
  writeFileSync(join(folder, 'evaluations.jsonl'), `${JSON.stringify(evaluation)}\n`)
  utimesSync(join(folder, 'log.jsonl'), 1000, 1000)
  const out = join(folder, 'board', 'run')
  await saveLessonEvents({ folder, seconds: 10 }, out)
  expect(readdirSync(out)).toEqual(['events.out.tfevents.1000.reteach'])
  const scalars = [
    { tag: 'train/loss', step: 1, value: 2.5, wallTime: 995 },
    { tag: 'train/tokens', step: 1, value: 10, wallTime: 995 },
    { tag: 'train/loss', step: 2, value: Number.NaN, wallTime: 1000 },
    { tag: 'train/tokens', step: 2, value: 12, wallTime: 1000 },
    { tag: 'eval/loss', step: 2, value: 1.5, wallTime: 1000 },
    { tag: 'eval/bleu', step: 2, value: 0.25, wallTime: 1000 },
  ]
  expect(readFileSync(join(out, readdirSync(out)[0]!))).toEqual(eventFile(scalars, 990))
  rmSync(folder, { recursive: true })
})
