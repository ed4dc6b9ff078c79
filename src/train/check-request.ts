import { Fault } from '../base/fault.ts'
import { didYouMean } from '../base/nearest.ts'
import type { LossRequest, PredictRequest } from '../lesson/protocol.ts'

type Kind = 'text' | 'count' | 'switch' | 'settings'

interface Field {
  readonly kind: Kind
  readonly optional?: true
}

type Fields<Request> = { readonly [Name in keyof Required<Request>]: Field }

const optional = (kind: Kind): Field => ({ kind, optional: true })

export const lossFields: Fields<LossRequest> = {
  model: { kind: 'text' },
  pairs: { kind: 'text' },
  batch: { kind: 'count' },
  maxSource: { kind: 'count' },
  maxTarget: { kind: 'count' },
  prefix: optional('text'),
  threads: optional('count'),
  device: optional('text'),
}

export const predictFields: Fields<PredictRequest> = {
  model: { kind: 'text' },
  sources: { kind: 'text' },
  out: { kind: 'text' },
  batch: { kind: 'count' },
  generation: { kind: 'settings' },
  prefix: optional('text'),
  maxSource: optional('count'),
  tellsCut: optional('switch'),
  followsFolder: optional('switch'),
  keep: optional('text'),
  threads: optional('count'),
  device: optional('text'),
}

/** @throws {Fault} at what is missing or no such value: a program in JavaScript may give anything */
export function refuseRequest<Request extends object>(request: Request, fields: Fields<Request>): void {
  const given = request as Readonly<Record<string, unknown>>
  const known = fields as Readonly<Record<string, Field>>
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(known, name)) throw new Fault(`Unknown option "${name}"${didYouMean(name, Object.keys(known))}`)
  }
  for (const [name, field] of Object.entries(known)) {
    const value = given[name]
    if (value === undefined && field.optional) continue
    if (value === undefined) throw new Fault(`Missing "${name}"`)
    if (!isOf[field.kind](value)) {
      throw new Fault(`Cannot use ${JSON.stringify(value)} as "${name}": expected ${words[field.kind]}`)
    }
  }
}

const isOf: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  count: (value) => Number.isSafeInteger(value) && Number(value) >= 1,
  switch: (value) => typeof value === 'boolean',
  settings: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
}

const words: Readonly<Record<Kind, string>> = {
  text: 'a text',
  count: 'a whole number of at least 1',
  switch: 'true or false',
  settings: 'an object of settings',
}
