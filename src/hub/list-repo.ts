import { Fault } from '../base/fault.ts'
import { shownAddress } from './http/shown-address.ts'
import { refusing } from './refusal.ts'
import { fetchFault, type HubFile, type HubRepo } from './repo.ts'
import type { HubSettings } from './settings.ts'

/** What the hub has of a repository. */
export interface RepoListing {
  readonly commit: string
  readonly isPrivate: boolean
  /** By their paths. */
  readonly files: ReadonlyMap<string, HubFile>
}

/**
 * Asks the hub which commit a revision is and which files it has.
 *
 * @throws {Fault} when the hub refuses, or says what no hub says
 */
export async function listRepo(repo: HubRepo, settings: HubSettings, fetcher: typeof fetch): Promise<RepoListing> {
  // The library is large and needed by few commands.
  const { listFiles, modelInfo, datasetInfo } = await import('@huggingface/hub')
  const asked = refusing(fetcher, settings, (refusal) => fetchFault(repo, refusal, settings))
  const shared = { hubUrl: settings.endpoint, fetch: asked }
  const revision = repo.revision ?? 'main'
  try {
    const request = { ...shared, name: repo.name, revision, additionalFields: ['sha'] as ['sha'] }
    const { sha, private: isPrivate } = await (repo.kind === 'model' ? modelInfo(request) : datasetInfo(request))
    checkDigest(sha, repo.name)
    const files = new Map<string, HubFile>()
    const designation = { type: repo.kind, name: repo.name } as const
    let entries = 0
    for await (const entry of listFiles({
      ...shared,
      fetch: pagesOf(repo.name, settings, asked),
      repo: designation,
      revision: sha,
      recursive: true,
    })) {
      if (++entries > mostEntries) throw tooMany(repo.name)
      checkEntry(entry, repo.name)
      if (entry.type !== 'file' || entry.oid === undefined) continue
      const size = entry.lfs?.size ?? entry.size
      checkPath(entry.path, repo.name)
      checkDigest(entry.lfs?.oid ?? entry.oid, repo.name)
      checkSize(size, repo.name)
      files.set(entry.path, {
        path: entry.path,
        size,
        gitSha1: entry.oid,
        ...(entry.lfs !== undefined && { sha256: entry.lfs.oid }),
      })
    }
    return { commit: sha, isPrivate, files }
  } catch (error) {
    throw listingFault(repo, error)
  }
}

/** The hub advises against more than 100,000 files in a repository; it lists a thousand a page. */
const mostEntries = 500_000
const mostPages = 1000
const longestListingMs = 15 * 60_000

/** A listing ends, though it goes on with whatever page the page before names. */
function pagesOf(name: string, { endpoint }: HubSettings, fetcher: typeof fetch): typeof fetch {
  const seen = new Set<string>()
  const deadline = performance.now() + longestListingMs
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const { href, origin } = url
    if (seen.has(href) || seen.size >= mostPages || performance.now() > deadline) throw tooMany(name)
    seen.add(href)
    if (origin !== new URL(endpoint).origin) {
      throw new Fault(`Cannot ask "${shownAddress(url)}" for what the hub at "${endpoint}" has: is HF_ENDPOINT right?`)
    }
    return await fetcher(input, init)
  }
}

function tooMany(name: string): Fault {
  return new Fault(
    `Cannot use "${name}" of the hub as its list of files does not come to an end: is HF_ENDPOINT right?`,
  )
}

/** The library hands on whatever stands in the list. */
function checkEntry(entry: unknown, name: string): void {
  const { type, path } = (entry ?? {}) as { readonly type?: unknown; readonly path?: unknown }
  if (typeof type === 'string' && typeof path === 'string') return
  throw new Fault(`Cannot use what the hub says of "${name}" as it is not what a hub answers: is HF_ENDPOINT right?`)
}

function checkSize(size: unknown, name: string): void {
  if (typeof size === 'number' && Number.isSafeInteger(size) && size >= 0) return
  throw new Fault(
    `Cannot use what the hub says of "${name}" as the size of a file in it is none: is HF_ENDPOINT right?`,
  )
}

/** Paths come from the repository and are joined to the cache's folder. */
function checkPath(path: string, name: string): void {
  const parts = path.split(/[/\\]/)
  if (path === '' || parts.includes('..') || parts.includes('') || path.includes('\0') || /^[A-Za-z]:/.test(path)) {
    throw new Fault(`Cannot use "${name}" of the hub as it names a file "${path}", which leads out of its folder`)
  }
}

/** Commits and checksums become names of folders and files in the cache. */
function checkDigest(digest: unknown, name: string): void {
  if (typeof digest === 'string' && /^[0-9a-zA-Z]{1,64}$/.test(digest)) return
  throw new Fault(
    `Cannot use what the hub says of "${name}" as a commit or checksum in it is none: is HF_ENDPOINT right?`,
  )
}

function listingFault(repo: HubRepo, error: unknown): unknown {
  if (error instanceof Fault) return error
  const { name } = error as Error
  if (error instanceof SyntaxError || name === 'SyntaxError' || error instanceof TypeError) {
    return new Fault(
      `Cannot use what the hub says of "${repo.name}" as it is not what a hub answers: is HF_ENDPOINT right?`,
    )
  }
  return error
}
