import { sha256Of } from '../content/sha256.ts'

/** The sha256 of everything that can change a step's result, in hexadecimal. Only `stepKey` makes one. */
export type StepKey = string & { readonly __brand: 'StepKey' }

/** A value as JSON has it; keys whose value is `undefined` count as absent. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/** What a key is made of, by name; a name whose value is `undefined` counts as absent. */
export type KeyInputs = { readonly [name: string]: Json | undefined }

/**
 * The key of a step.
 *
 * @param version of its kind
 * @param inputs everything that can change its result, as the rule of its kind lists it
 */
export function stepKey(kind: string, version: number, inputs: KeyInputs): StepKey {
  return sha256Of(canonicalJson({ kind, version, inputs })) as StepKey
}

/**
 * The same value, whose text is kept: settings that thousands of steps have in common are written once. It must not change.
 *
 * @param of what the value is made from, and as long as which it is kept
 */
export function sharedJson(of: object, make: () => Json): Json {
  const known = shared.get(of)
  if (known !== undefined) return known
  const value = make()
  if (value !== null && typeof value === 'object') texts.set(value, canonicalJson(value))
  shared.set(of, value)
  return value
}

const shared = new WeakMap<object, Json>()
const texts = new WeakMap<object, string>()

/** JSON with the keys of every object in code unit order, so that one value has one text on every machine. */
function canonicalJson(value: Json): string {
  const known = value !== null && typeof value === 'object' ? texts.get(value) : undefined
  if (known !== undefined) return known
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonicalJson(item)).join(',')}]`
  if (value === null || typeof value !== 'object') {
    if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError(`Cannot write ${value} as JSON`)
    return JSON.stringify(value)
  }
  // A large study has a hundred thousand of them.
  const fields = value as { readonly [key: string]: Json | undefined }
  let text = ''
  for (const key of Object.keys(fields).sort()) {
    const inner = fields[key]
    if (inner !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(inner)}`
  }
  return `{${text}}`
}

/** Copies plain data into `Json`, leaving absent keys out; a `Map` becomes an object. */
export function asJson(value: unknown): Json {
  if (value instanceof Map) return asJson(Object.fromEntries(value))
  if (Array.isArray(value)) return value.map(asJson)
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number')
    return value
  if (typeof value === 'object') {
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
    return Object.fromEntries(entries.map(([key, inner]) => [key, asJson(inner)]))
  }
  throw new TypeError(`Cannot write a value of type ${typeof value} as JSON`)
}
