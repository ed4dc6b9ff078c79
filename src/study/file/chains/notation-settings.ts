import { isObject } from '../../../base/bounds/is-object.ts'
import type { Resolving } from '../resolve-task.ts'
import { explainIssues } from '../schema-faults.ts'
import { type TeachEntry, teachSchema } from '../teach-schema.ts'
import { twoLengths } from '../two-lengths.ts'
import type { Span, YamlPath } from '../yaml-places.ts'
import type { ParsedSetting } from './chain-notation.ts'

/** Settings in the notation are checked by the same schema as those in a map. */
export function readSettings(
  settings: readonly ParsedSetting[],
  at: YamlPath,
  resolving: Resolving,
): TeachEntry | undefined {
  const nested: Record<string, unknown> = {}
  let sound = true
  for (const { path, value, keySpan } of settings) {
    const parent = path.slice(0, -1).reduce<Record<string, unknown> | undefined>((map, key) => {
      if (map === undefined) return undefined
      if (!Object.hasOwn(map, key)) map[key] = {}
      const inner = map[key]
      return isObject(inner) ? inner : undefined
    }, nested)
    const last = path.at(-1)!
    if (parent === undefined || Object.hasOwn(parent, last)) {
      resolving.report(at, `The setting "${path.join('.')}" is given twice`, keySpan)
      sound = false
    } else parent[last] = value
  }
  const checked = teachSchema.safeParse(nested)
  if (!checked.success) {
    for (const { path, where, message } of explainIssues(checked.error, teachSchema, nested, 'lesson')) {
      resolving.report(at, message, spanOf(settings, path, where))
    }
    return undefined
  }
  const keys = settings.map(({ path }) => path[0])
  if (keys.includes('epochs') && keys.includes('steps')) {
    resolving.report(at, twoLengths)
    return undefined
  }
  return sound ? checked.data : undefined
}

/** Where a setting stands in the notation: its key, or its value. */
export function spanOf(settings: readonly ParsedSetting[], path: YamlPath, where: 'key' | 'value'): Span {
  const found = settings.find((setting) =>
    path.every((part, i) => i >= setting.path.length || setting.path[i] === part),
  )
  return (where === 'key' ? found?.keySpan : found?.valueSpan) ?? { start: 0, length: 1 }
}
