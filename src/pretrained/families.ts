import { Fault } from '../base/fault.ts'
import { listOf } from '../base/plural.ts'
import type { Architecture, ModelFamily } from '../model/family.ts'
import { t5Family } from '../model/t5/t5-family.ts'

/** The families that can be taught, by the `model_type` of their configs. */
const families = { t5: t5Family, mt5: t5Family, umt5: t5Family } as const satisfies Readonly<
  Record<string, ModelFamily>
>

/**
 * Reads a `config.json` as its family does. One that names no family is a T5's: the oldest T5 files name none.
 *
 * @param file the path to name in faults
 * @throws {Fault} when no family has its `model_type`, and as {@link ModelFamily.parse}
 */
export function parseArchitecture(json: unknown, file: string): Architecture {
  const type = typeof json === 'object' && json !== null && 'model_type' in json ? json.model_type : undefined
  if (type === undefined) return families.t5.parse(json, file)
  if (typeof type === 'string' && Object.hasOwn(families, type)) {
    return families[type as keyof typeof families].parse(json, file)
  }
  const known = Object.keys(families).map((name) => `"${name}"`)
  throw new Fault(
    `Cannot use the model config "${file}": "model_type" is ${JSON.stringify(type)}, only ${listOf(known)} can be taught`,
  )
}
