import { extname } from 'node:path'
import { carriesLabelNames } from '../../data/table/carries-label-names.ts'
import { filesOfPart, tableParts } from '../../data/table/table-parts.ts'
import type { HubOptions } from '../../hub/snapshot.ts'
import { asJson, type Json } from '../keys.ts'
import type { FileSource } from '../study.ts'
import type { FileHashes } from './file-hashes.ts'

/**
 * Content and ending of each file that rows are read from, in order. Folders are looked into, and a data set of the hub is
 * fetched: what counts is what is read in the end.
 */
export async function sourceContent({ table }: FileSource, hashes: FileHashes, hub?: HubOptions): Promise<Json> {
  const identities: Json[] = []
  for (const part of await tableParts(table, () => {}, hub)) {
    const files: Json[] = []
    for (const path of await filesOfPart(part)) {
      const sha256 = await hashes.of(path, path)
      files.push({
        sha256,
        ending: extname(path).toLowerCase(),
        // Rows have names instead of numbers where the file or one beside it says so.
        ...((await carriesLabelNames(path)) ? { names: true } : {}),
        ...(part.kind === 'file' && part.features !== undefined ? { features: asJson(part.features) } : {}),
      })
    }
    if (part.kind === 'file') identities.push(...files)
    else
      identities.push({ [part.kind]: files, ...(part.kind === 'joined' ? { columns: Object.keys(part.files) } : {}) })
  }
  return identities
}
