import protobuf from 'protobufjs'
import { crc32c } from './crc32c.ts'

/** A number of a run at one of its steps. */
export interface ScalarEvent {
  readonly tag: string
  readonly step: number
  readonly value: number
  /** Seconds since 1970. */
  readonly wallTime: number
}

/** The fields of TensorFlow's event.proto and summary.proto that scalars need, with those files' names and numbers. */
const Event = protobuf.Root.fromJSON({
  nested: {
    Event: {
      fields: {
        wallTime: { type: 'double', id: 1 },
        step: { type: 'int64', id: 2 },
        fileVersion: { type: 'string', id: 3 },
        summary: { type: 'Summary', id: 5 },
      },
    },
    Summary: { fields: { value: { rule: 'repeated', type: 'Value', id: 1 } } },
    Value: { fields: { tag: { type: 'string', id: 1 }, simpleValue: { type: 'float', id: 2 } } },
  },
}).lookupType('Event')

/**
 * The content of an event file, as TensorBoard reads it: records of TensorFlow's framing, each an event with its checksums.
 * Values are float32 there.
 */
export function eventFile(events: readonly ScalarEvent[], begun: number): Buffer {
  const messages = [
    { wallTime: begun, fileVersion: 'brain.Event:2' },
    ...events.map(({ tag, step, value, wallTime }) => {
      return { wallTime, step, summary: { value: [{ tag, simpleValue: value }] } }
    }),
  ]
  return Buffer.concat(messages.map((message) => record(Event.encode(message).finish())))
}

/** Length, its checksum, the bytes, their checksum. */
function record(data: Uint8Array): Buffer {
  const framed = Buffer.alloc(data.length + 16)
  framed.writeBigUInt64LE(BigInt(data.length), 0)
  framed.writeUInt32LE(masked(framed.subarray(0, 8)), 8)
  framed.set(data, 12)
  framed.writeUInt32LE(masked(data), 12 + data.length)
  return framed
}

/** TensorFlow turns checksums, as those of bytes that hold checksums are weak. */
function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes)
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}
