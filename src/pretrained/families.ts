import { writeFileAtomic } from '../base/atomic-file.ts'
import { didYouMean } from '../base/nearest.ts'
import { listOf } from '../base/plural.ts'
import { ConfigFault } from '../model/config-fault.ts'
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
  const type = typeOf(json)
  const family = familyOf(type)
  if (family !== undefined) return family.parse(json, file)
  const known = Object.keys(families).map((name) => `"${name}"`)
  throw new ConfigFault(file, [`"model_type" is ${JSON.stringify(type)}, only ${listOf(known)} can be taught`])
}

/** Keys of a config that its family does not have, each with `: did you mean "d_model"?` or nothing. */
export function strangeConfigKeys(config: Readonly<Record<string, unknown>>): { key: string; hint: string }[] {
  const known = familyOf(typeOf(config))?.configKeys
  if (known === undefined) return []
  const strange = Object.keys(config).filter((key) => !known.includes(key))
  return strange.map((key) => ({ key, hint: didYouMean(key, known) }))
}

/** A sentence for each key of a config that no family has and that is all but one of its own: transformers reads nothing of it. */
export function misspeltConfigKeys(config: Readonly<Record<string, unknown>>, path: string): string[] {
  return strangeConfigKeys(config).flatMap(({ key, hint }) =>
    hint === '' ? [] : [`Nothing is read of "${key}" in "${path}"${hint}`],
  )
}

function typeOf(json: unknown): unknown {
  return typeof json === 'object' && json !== null && 'model_type' in json ? json.model_type : undefined
}

function familyOf(type: unknown = 't5'): ModelFamily | undefined {
  return typeof type === 'string' && Object.hasOwn(families, type) ? families[type as keyof typeof families] : undefined
}

/**
 * Writes a `config.json`, its keys in order.
 *
 * @throws {Fault} naming the file when it cannot be written
 */
export function writeConfig(path: string, config: Readonly<Record<string, unknown>>): void {
  const floatKeys = familyOf(typeOf(config))?.floatKeys ?? []
  const given = Object.entries(config).filter(([, value]) => value !== undefined)
  const sorted = given.sort(([a], [b]) => (a < b ? -1 : 1))
  const lines = sorted.map(([key, value]) => {
    const text = JSON.stringify(value, null, 2).replaceAll('\n', '\n  ')
    return `  ${JSON.stringify(key)}: ${text}${floatKeys.includes(key) && /^-?\d+$/u.test(text) ? '.0' : ''}`
  })
  writeFileAtomic(path, `{\n${lines.join(',\n')}\n}\n`)
}
