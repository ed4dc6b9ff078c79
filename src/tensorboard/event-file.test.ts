import { expect, test } from 'vitest'
import { crc32c } from './crc32c.ts'
import { eventRecords, fileHead, readEvents } from './event-file.ts'

test('crc32c() gives the values of RFC 3720, appendix B.4', () => {
  expect(crc32c(new Uint8Array(32)).toString(16)).toBe('8a9136aa')
  expect(crc32c(new Uint8Array(32).fill(255)).toString(16)).toBe('62a8ab43')
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, at) => at)).toString(16)).toBe('46dd794e')
})

test('fileHead() and eventRecords() write the bytes that tensorboard 2.21 writes', () => {
  // RecordWriter of tensorboard.summary.writer.record_writer, over the same messages of event_pb2.
  const golden =
    '1800000000000000a37f4b220900000000000014401a0d627261696e2e4576656e743a32d1534f3e' +
    '200000000000000029eda950090000000000001a4010032a130a110a0a747261696e2f6c6f7373150000003fb64599ab' +
    '200000000000000029eda950090000000000001a4010032a130a110a0a747261696e2f6c6f737315000000001672bf84'
  const records = eventRecords([0.5, 0].map((loss) => ({ step: 3, wallTime: 6.5, values: { 'train/loss': loss } })))
  expect(Buffer.concat([fileHead(5), records]).toString('hex')).toBe(golden)
})

test('readEvents() gives back what was written, as far as its records are whole', () => {
  const events = [
    { step: 0, wallTime: 1, values: { 'eval/loss': Number.NaN } },
    { step: 3, wallTime: 2.5, values: { 'train/loss': 0.5, 'train/tokens': 10 } },
  ]
  const file = Buffer.concat([fileHead(5), eventRecords(events)])
  expect(readEvents(file)).toEqual({ events, bytes: file.length })
  const first = file.length - eventRecords(events.slice(1)).length
  for (const cut of [1, 4, 20]) {
    expect(readEvents(file.subarray(0, -cut))).toEqual({ events: events.slice(0, 1), bytes: first })
  }
  const torn = Buffer.from(file)
  torn[first + 20]! ^= 1
  expect(readEvents(torn).bytes).toBe(first)
  // The same without a number.
  const none = '1b000000000000001a0d9e13090000000000001a4010032a0e0a0c0a0a747261696e2f6c6f73738c2fc89f'
  expect(readEvents(Buffer.from(none, 'hex')).events).toEqual([{ step: 3, wallTime: 6.5, values: {} }])
  expect(readEvents(Buffer.alloc(0))).toEqual({ events: [], bytes: 0 })
})
