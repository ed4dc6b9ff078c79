import protobuf from 'protobufjs'
import { crc32c } from './crc32c.ts'

/** The numbers of a run at one of its steps. */
export interface StepEvent {
  readonly step: number
  /** Seconds since 1970. */
  readonly wallTime: number
  /** By their tags. */
  readonly values: Readonly<Record<string, number>>
}

interface EventMessage {
  readonly wallTime: number
  readonly step?: number | { toNumber(): number }
  readonly fileVersion?: string
  readonly summary?: { readonly value?: readonly { readonly tag: string; readonly simpleValue: number }[] }
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
    Value: {
      fields: { tag: { type: 'string', id: 1 }, simpleValue: { type: 'float', id: 2 } },
      // Of a choice a 0 is written as well: else a learning rate of 0, where a warm-up begins, is no value.
      oneofs: { value: { oneof: ['simpleValue'] } },
    },
  },
}).lookupType('Event')

/** What every event file begins with. */
export function fileHead(begun: number): Buffer {
  return record({ wallTime: begun, fileVersion: 'brain.Event:2' })
}

/**
 * Records of TensorFlow's framing, each an event with its checksums, as they are appended to an event file. Values are float32
 * there. All numbers of a step are one record, so that a file that was cut has all of them or none.
 */
export function eventRecords(events: readonly StepEvent[]): Buffer {
  return Buffer.concat(
    events.map(({ step, wallTime, values }) => {
      const value = Object.entries(values).map(([tag, simpleValue]) => ({ tag, simpleValue }))
      return record({ wallTime, step, summary: { value } })
    }),
  )
}

/** The whole records of an event file, and how many of its bytes they are: a kill may have cut the last one. */
export function readEvents(file: Buffer): { readonly events: StepEvent[]; readonly bytes: number } {
  const events: StepEvent[] = []
  let bytes = 0
  for (;;) {
    const data = recordAt(file, bytes)
    if (data === undefined) return { events, bytes }
    bytes += data.length + framing
    const { wallTime, step = 0, summary } = Event.decode(data) as unknown as EventMessage
    if (summary?.value === undefined) continue
    const there = summary.value.filter((value) => Object.hasOwn(value, 'simpleValue'))
    const values = Object.fromEntries(there.map(({ tag, simpleValue }) => [tag, simpleValue]))
    events.push({ step: typeof step === 'number' ? step : step.toNumber(), wallTime, values })
  }
}

/** Bytes of a record beside its data. */
const framing = 16

/** Length, its checksum, the bytes, their checksum. */
function record(message: EventMessage): Buffer {
  const data = Event.encode(message).finish()
  const framed = Buffer.alloc(data.length + framing)
  framed.writeBigUInt64LE(BigInt(data.length), 0)
  framed.writeUInt32LE(masked(framed.subarray(0, 8)), 8)
  framed.set(data, 12)
  framed.writeUInt32LE(masked(data), 12 + data.length)
  return framed
}

function recordAt(file: Buffer, at: number): Buffer | undefined {
  if (file.length < at + framing) return undefined
  const length = file.subarray(at, at + 8)
  if (file.readUInt32LE(at + 8) !== masked(length)) return undefined
  const end = at + 12 + Number(length.readBigUInt64LE())
  if (file.length < end + 4) return undefined
  const data = file.subarray(at + 12, end)
  return file.readUInt32LE(end) === masked(data) ? data : undefined
}

/** TensorFlow turns checksums, as those of bytes that hold checksums are weak. */
function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes)
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}
