import { join } from 'node:path'
import { readSmallFile } from '../../base/bounds/small-file.ts'
import { Fault } from '../../base/fault.ts'
import { HubMissing } from '../../hub/repo.ts'
import { type HubOptions, hubSnapshot } from '../../hub/snapshot.ts'
import { chosenConfig, type DataFiles, pickDataFiles, sortDataFiles, tellPassedOver } from './data-files.ts'
import { cardFeatures, cardHeader, infosFeatures } from './dataset-card.ts'

interface HubTable {
  readonly name: string
  readonly revision?: string | undefined
  readonly config?: string | undefined
  readonly split?: string | undefined
}

/** The files of a data set that are read, and what its card says of their columns. */
export interface PickedFiles {
  /** Split → paths. */
  readonly splits: ReadonlyMap<string, readonly string[]>
  /** Column → feature, as in `dataset_info.json`. */
  readonly features: unknown
}

/** Where the hub keeps the Parquet files that it makes of data sets which are programs or odd formats. */
const convertedRevision = 'refs/convert/parquet'

/**
 * Fetches the data files of one configuration and split of a data set on the hub into the standard cache.
 *
 * Files are found as Hugging Face `datasets` finds them: by the README's configurations, else by name. For a data set
 * that has none (an old one with a loading script), the hub's own conversion to Parquet is taken.
 *
 * @throws {Fault} as `hubSnapshot`, and when configuration or split are not there
 */
export async function hubDataFiles(
  { name, revision, config, split }: HubTable,
  options: HubOptions,
): Promise<PickedFiles> {
  const own = await fetchPicked(name, revision, { config, split }, options)
  const found = own ?? (revision === undefined ? await fetchConverted(name, { config, split }, options) : undefined)
  if (found !== undefined) return found
  throw new Fault(`Cannot find files with rows in "${name}" on the hub: is it a data set?`)
}

async function fetchConverted(
  name: string,
  wanted: { config: string | undefined; split: string | undefined },
  options: HubOptions,
): Promise<PickedFiles | undefined> {
  try {
    return await fetchPicked(name, convertedRevision, wanted, options)
  } catch (error) {
    // A data set that was never converted has no such revision.
    if (error instanceof HubMissing) return undefined
    throw error
  }
}

async function fetchPicked(
  name: string,
  revision: string | undefined,
  wanted: { config: string | undefined; split: string | undefined },
  options: HubOptions,
): Promise<PickedFiles | undefined> {
  const repo = { kind: 'dataset', name, ...(revision !== undefined && { revision }) } as const
  const { readme, infos } = await describedBy(repo, options)
  const header = cardHeader(readme, name)
  let features: unknown
  let picked: ReadonlyMap<string, readonly string[]> | undefined
  const snapshot = await hubSnapshot(
    repo,
    (paths) => {
      const files = revision === convertedRevision ? sortConverted(paths) : sortDataFiles(paths, header)
      const any = [...files.values()].some((splits) => [...splits.values()].some((list) => list.length > 0))
      if (!any) return []
      picked = pickDataFiles(files, name, wanted)
      if (revision !== convertedRevision) {
        tellPassedOver(name, paths, header, { files, onNotice: options.onNotice ?? (() => {}) })
      }
      const config = chosenConfig(files, wanted.config)!
      features = cardFeatures(header, config) ?? infosFeatures(infos, config, name)
      return [...picked.values()].flat()
    },
    options,
  )
  if (picked === undefined) return undefined
  const absolute = (paths: readonly string[]): string[] => paths.map((path) => join(snapshot.folder, path))
  return { splits: new Map([...picked].map(([split, paths]) => [split, absolute(paths)])), features }
}

/** What a data set says of itself; old ones have `dataset_infos.json`. */
async function describedBy(
  repo: Parameters<typeof hubSnapshot>[0],
  options: HubOptions,
): Promise<{ readme: string | undefined; infos: string | undefined }> {
  const wanted = ['README.md', 'dataset_infos.json']
  const { folder, paths } = await hubSnapshot(repo, (all) => all.filter((path) => wanted.includes(path)), options)
  const [readme, infos] = wanted.map((path) =>
    paths.includes(path) ? readSmallFile(join(folder, path)).toString('utf8') : undefined,
  )
  return { readme, infos }
}

/** `<config>/<split>/0000.parquet`, or `<config>/<name>-<split>-00000-of-00001.parquet` in older conversions. */
function sortConverted(paths: readonly string[]): DataFiles {
  const configs = new Map<string, Map<string, string[]>>()
  for (const path of [...paths].sort()) {
    const found = /^([^/]+)\/(?:(?:partial-)?([^/]+)\/[^/]+|(?:.*-)?([a-z]+)(?:-\d{5}-of-\d{5})?)\.parquet$/.exec(path)
    if (found === null) continue
    const [, config, folder, name] = found
    const splits = configs.get(config!) ?? new Map<string, string[]>()
    configs.set(config!, splits)
    const split = folder ?? name!
    splits.set(split, [...(splits.get(split) ?? []), path])
  }
  return configs
}
