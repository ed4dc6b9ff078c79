import { Fault, refuseArguments } from '../base/fault.ts'
import { valueFaults } from '../lesson/option-faults.ts'
import type { LossRequest, PredictRequest, TeachRequest } from '../lesson/protocol.ts'
import { count, type SettingValue } from '../lesson/setting.ts'

interface Field {
  /** Absent of an object of settings. */
  readonly value?: SettingValue
  readonly optional?: true
}

type Fields<Request> = { readonly [Name in keyof Required<Request>]: Field }

const text = { value: { type: 'text' } } as const satisfies Field
const whole = { value: count } as const satisfies Field
const onOrOff = { value: { type: 'switch' } } as const satisfies Field
const optional = (field: Field): Field => ({ ...field, optional: true })

export const lossFields: Fields<LossRequest> = {
  model: text,
  pairs: text,
  batch: whole,
  maxSource: whole,
  maxTarget: whole,
  prefix: optional(text),
  threads: optional(whole),
  device: optional(text),
}

export const predictFields: Fields<PredictRequest> = {
  model: text,
  sources: text,
  out: text,
  batch: whole,
  generation: {},
  prefix: optional(text),
  maxSource: optional(whole),
  tellsCut: optional(onOrOff),
  followsFolder: optional(onOrOff),
  keep: optional(text),
  threads: optional(whole),
  device: optional(text),
}

/** @throws {Fault} at what is missing or no such value: a program in JavaScript may give anything */
export function refuseRequest<Request extends object>(request: Request, fields: Fields<Request>): void {
  const given = { ...request } as Readonly<Record<string, unknown>>
  const known = Object.entries<Field>(fields)
  const rows = new Map(known.flatMap(([name, { value }]) => (value === undefined ? [] : [[name, value]])))
  const objects = known.flatMap(([name, { value }]) => (value === undefined ? [name] : []))
  const [fault] = valueFaults(given, rows, objects)
  if (fault !== undefined) throw new Fault(fault)
  const missing = known.find(([name, field]) => given[name] === undefined && !field.optional)
  if (missing !== undefined) throw new Fault(`Missing "${missing[0]}"`)
  const wrong = objects.find(
    (name) => typeof given[name] !== 'object' || given[name] === null || Array.isArray(given[name]),
  )
  if (wrong !== undefined) {
    throw new Fault(`Cannot use ${JSON.stringify(given[wrong])} as "${wrong}": expected an object of settings`)
  }
}

/** As {@link refuseRequest}, of what a lesson cannot begin without; its settings are checked where they are used. */
export function refuseTeachRequest(request: TeachRequest): void {
  refuseArguments(
    { ...request },
    { start: 'object', lesson: 'object', train: 'object', keep: 'text', outFolder: 'path', stateFolder: 'path' },
  )
}
