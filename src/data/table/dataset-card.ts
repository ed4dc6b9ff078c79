import { parse as parseYaml } from 'yaml'
import { isObject } from '../../base/bounds/is-object.ts'
import { Fault } from '../../base/fault.ts'

/** What the YAML header of a data set's README.md says; `undefined` when there is no header with keys. */
export type CardHeader = Readonly<Record<string, unknown>>

/**
 * Reads the header of a data set's card.
 *
 * @param readme the text of README.md, if there is one
 * @param name the data set for the sentence
 * @throws {Fault} when the header is no YAML
 */
export function cardHeader(readme: string | undefined, name: string): CardHeader | undefined {
  const header = readme === undefined ? undefined : /^\ufeff?---\r?\n([\s\S]*?)\r?\n---/.exec(readme)?.[1]
  if (header === undefined) return undefined
  try {
    const parsed: unknown = parseYaml(header)
    return isObject(parsed) ? parsed : undefined
  } catch (error) {
    throw new Fault(
      `Cannot read the header of README.md of "${name}" as YAML: ${(error as Error).message.split('\n')[0]}`,
    )
  }
}

/**
 * The features of a configuration's columns (`dataset_info.features`), in the form of `dataset_info.json`.
 *
 * @param config the configuration's name; `dataset_info` lists one entry a configuration, or is the only one
 */
export function cardFeatures(header: CardHeader | undefined, config: string): unknown {
  const infos = [header?.dataset_info].flat().filter(isObject)
  const own = infos.find((info) => (info.config_name ?? 'default') === config)
  const info = own ?? (infos.length === 1 && infos[0]!.config_name === undefined ? infos[0] : undefined)
  return Array.isArray(info?.features) ? structOf(info.features) : undefined
}

/**
 * As {@link cardFeatures} for data sets from before 2022, which have a `dataset_infos.json` instead: configuration → what
 * `dataset_info.json` holds.
 *
 * @param infos the file's text, if there is one
 * @throws {Fault} when the text is no JSON
 */
export function infosFeatures(infos: string | undefined, config: string, name: string): unknown {
  if (infos === undefined) return undefined
  const parsed = parseInfos(infos, name)
  if (!isObject(parsed)) return undefined
  const all = Object.values(parsed)
  const own = parsed[config] ?? (all.length === 1 ? all[0] : undefined)
  return isObject(own) && isObject(own.features) ? own.features : undefined
}

function parseInfos(infos: string, name: string): unknown {
  try {
    return JSON.parse(infos)
  } catch {
    throw new Fault(`Cannot read dataset_infos.json of "${name}" as JSON: is the folder whole?`)
  }
}

/** `[{ name: topic, dtype: { class_label: … } }]` as `{ topic: { _type: 'ClassLabel', … } }`. */
function structOf(features: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(
    features.filter(isObject).map(({ name, ...feature }) => [String(name), featureOf(feature)] as const),
  )
}

/** Values of plain types and features that have no names are left out, as nothing is asked of them. */
function featureOf(feature: unknown): unknown {
  if (Array.isArray(feature)) return structOf(feature)
  if (!isObject(feature)) return undefined
  if (isObject(feature.class_label)) return { _type: 'ClassLabel', names: namesOf(feature.class_label.names) }
  if (feature.struct !== undefined) return featureOf(feature.struct)
  const list = feature.list ?? feature.large_list ?? feature.sequence
  if (list !== undefined) return { _type: 'List', feature: featureOf(list) }
  return featureOf(feature.dtype)
}

/** Names stand in a list, or under their numbers. */
function namesOf(names: unknown): unknown {
  if (!isObject(names)) return names
  const numbered = Object.entries(names).toSorted(([a], [b]) => Number(a) - Number(b))
  return numbered.every(([number], i) => Number(number) === i) ? numbered.map(([, name]) => name) : undefined
}
