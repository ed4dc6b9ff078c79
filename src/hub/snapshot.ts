import { copyFile, lstat, readdir, readFile, rm, stat, symlink } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { writeFault, writeFileAtomic } from '../base/atomic-file.ts'
import { Fault, type FieldKinds } from '../base/fault.ts'
import { makeFolder } from '../base/make-folder.ts'
import type { NoticeListener } from '../base/notice.ts'
import { realPath } from '../base/paths.ts'
import { downloadBlob } from './download.ts'
import { type HubPatience, HubUnreachable, hubFetch, usualPatience } from './fetch.ts'
import { isRepoName, isRevision } from './hub-name.ts'
import { isDamaged } from './is-damaged.ts'
import { listRepo, type RepoListing } from './list-repo.ts'
import type { HubListeners } from './listeners.ts'
import { HubDamaged, type HubFile, HubMissing, HubRefused, type HubRepo } from './repo.ts'
import { type HubSettings, hubSettings, offlineWords } from './settings.ts'

export interface HubOptions extends HubListeners {
  /** @default the environment's */
  readonly settings?: HubSettings
  readonly patience?: HubPatience
  /**
   * Has the content of what is in the cache read and compared with its checksum, and holds the paths of what was found right,
   * which is not read again. @default only sizes are compared, where the hub lists them
   */
  readonly compared?: Set<string>
}

/** Of functions of the library. */
export const hubOptionKinds: FieldKinds<HubOptions> = {
  onNotice: 'function?',
  onProgress: 'function?',
  onCompare: 'function?',
  signal: 'signal?',
  settings: 'object?',
  patience: 'object?',
  compared: { is: (value) => value instanceof Set, words: 'a Set', optional: true },
}

/** Some files of a repository, on disk. */
export interface HubSnapshot {
  /** `models--owner--name/snapshots/<commit>` in the cache, as Hugging Face's programs lay it out. */
  readonly folder: string
  /** The files that were wanted, relative to the folder. */
  readonly paths: readonly string[]
}

/**
 * Brings files of a repository into the standard cache of Hugging Face and returns where they are. What is there is
 * not fetched again unless it is damaged; interrupted downloads go on where they were; every file that is fetched is checked
 * against the hub's checksum.
 *
 * Without a network (or with HF_HUB_OFFLINE), and where the hub refuses or stumbles, the cache is used as it is.
 *
 * @param wanted picks from all of the repository's paths
 * @throws {Fault} when the repository, revision or access is missing, the hub cannot be reached and the cache has
 *   nothing or something damaged, a file arrives damaged again and again, or the disk is full
 */
export async function hubSnapshot(
  repo: HubRepo,
  wanted: (paths: readonly string[]) => readonly string[] | Promise<readonly string[]>,
  options: HubOptions = {},
): Promise<HubSnapshot> {
  checkName(repo)
  const settings = options.settings ?? hubSettings()
  if (settings.offline) return await cachedSnapshot(repo, wanted, offlineWords(settings), settings, options)
  const onNotice = options.onNotice ?? (() => {})
  const fetcher = hubFetch({ settings, patience: options.patience ?? usualPatience, onNotice, signal: options.signal })
  let listed: RepoListing
  try {
    listed = await listRepo(repo, settings, fetcher)
  } catch (error) {
    const why = whyCached(error)
    const found = why && (await cachedSnapshot(repo, wanted, why, settings, options).catch(unlessDamaged))
    if (!found) throw error
    onNotice(`Used "${repo.name}" as it is in the cache as ${why}`)
    return found
  }
  const storage = storageFolder(repo, settings)
  const folder = join(storage, 'snapshots', listed.commit)
  const paths = await wanted([...listed.files.keys()])
  const files = paths.map((path) => {
    const file = listed.files.get(path)
    if (file === undefined) throw new Fault(`Cannot find "${path}" in "${repo.name}" on the hub`)
    return file
  })
  await bringFiles(files, { repo, commit: listed.commit, storage, folder, settings, fetcher, options })
  await writeRef(storage, repo, listed.commit, onNotice)
  return { folder, paths }
}

/** Why what is in the cache is to do, or nothing where it is not. */
function whyCached(error: unknown): string | undefined {
  if (error instanceof HubUnreachable) return 'the hub cannot be reached'
  if (error instanceof HubRefused) return `the hub refuses to list it: ${error.message}`
  return undefined
}

/** That something in the cache is damaged says more than why the cache was looked at. */
function unlessDamaged(error: unknown): undefined {
  if (error instanceof HubDamaged) throw error
}

function checkName({ name, kind, revision }: HubRepo): void {
  if (!isRepoName(name)) {
    throw new Fault(`Cannot look for ${kind} "${name}" on the hub: expected owner/name`)
  }
  if (revision !== undefined && !isRevision(revision)) {
    throw new Fault(`Cannot use revision "${revision}" of "${name}": expected a branch, tag or commit`)
  }
}

function storageFolder({ kind, name }: HubRepo, { cacheFolder }: HubSettings): string {
  return join(cacheFolder, [`${kind}s`, ...name.split('/')].join('--'))
}

interface BringContext {
  readonly repo: HubRepo
  readonly commit: string
  readonly storage: string
  readonly folder: string
  readonly settings: HubSettings
  readonly fetcher: typeof fetch
  readonly options: HubOptions
}

/** Makes sure that the files' contents are among the blobs and that the snapshot has a link to each. */
async function bringFiles(files: readonly HubFile[], context: BringContext): Promise<void> {
  const absent: HubFile[] = []
  for (const file of files) {
    if (!(await isSound(file, context))) absent.push(file)
  }
  for (const file of files) {
    const [blob, pointer] = [blobOf(file, context), pointerOf(file, context)]
    if (absent.includes(file)) {
      await fetchFile(file, absent.indexOf(file) + 1, absent.length, context)
      context.options.compared?.add(realPath(blob))
    }
    if (absent.includes(file) || !(await exists(pointer))) await makePointer(blob, pointer)
  }
}

async function isSound(file: HubFile, context: BringContext): Promise<boolean> {
  const { repo, options } = context
  const pointer = pointerOf(file, context)
  const place = (await exists(pointer)) ? pointer : blobOf(file, context)
  if (!(await exists(place))) return false
  if (!(await isDamaged(place, file, repo, options))) return true
  options.onNotice?.(`"${file.path}" of "${repo.name}" is damaged in the cache, and is fetched anew`)
  return false
}

/**
 * In place of what leads elsewhere: to nothing, or to a damaged file of another name.
 *
 * @throws {Fault} also where names of the repository cannot be names of files here
 */
async function makePointer(blob: string, pointer: string): Promise<void> {
  try {
    makeFolder(dirname(pointer))
    // Another process may have made it, and read it.
    if (realPath(pointer) === realPath(blob)) return
    await rm(pointer, { force: true })
    await link(blob, pointer)
  } catch (error) {
    throw writeFault(pointer, error)
  }
}

function pointerOf({ path }: HubFile, { folder }: BringContext): string {
  return join(folder, ...path.split('/'))
}

function blobOf({ sha256, gitSha1 }: HubFile, { storage }: BringContext): string {
  return join(storage, 'blobs', sha256 ?? gitSha1)
}

async function fetchFile(file: HubFile, number: number, files: number, context: BringContext): Promise<void> {
  const { repo, commit, storage, settings, fetcher, options } = context
  const blob = blobOf(file, context)
  const prefix = repo.kind === 'model' ? '' : `${repo.kind}s/`
  const path = file.path.split('/').map(encodeURIComponent).join('/')
  let fromBytes: number | undefined
  const tell = (doneBytes: number, finished: boolean): void => {
    fromBytes ??= doneBytes
    const counts = { doneBytes, totalBytes: file.size, fromBytes, number, files, finished }
    options.onProgress?.({ repo: repo.name, file: file.path, ...counts })
  }
  await downloadBlob(`${settings.endpoint}/${prefix}${repo.name}/resolve/${commit}/${path}`, blob, file, {
    repo,
    settings,
    lockPath: join(settings.cacheFolder, '.locks', basename(storage), `${basename(blob)}.reteach`),
    fetch: fetcher,
    patience: options.patience ?? usualPatience,
    onNotice: options.onNotice ?? (() => {}),
    onBytes: (done) => tell(done, false),
    signal: options.signal,
  })
  // Another process may have fetched it meanwhile.
  if (fromBytes !== undefined) tell(file.size, true)
}

/** Links relatively, so that the cache may be moved; where links are not allowed, the blob is copied. */
async function link(blob: string, pointer: string): Promise<void> {
  const target = relative(dirname(pointer), blob).split(sep).join('/')
  try {
    await symlink(target, pointer)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code !== 'EPERM' && code !== 'ENOSYS' && code !== 'ENOTSUP') throw error
    await copyFile(blob, pointer)
  }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}

/** A cache that may only be read has the files all the same, so that they are used without it. */
async function writeRef(
  storage: string,
  { name, revision = 'main' }: HubRepo,
  commit: string,
  onNotice: NoticeListener,
): Promise<void> {
  if (revision === commit) return
  const path = refFile(storage, revision)
  if ((await readFile(path, 'utf8').catch(() => '')).trim() === commit) return
  try {
    writeFileAtomic(path, commit)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    onNotice(`"${revision}" of "${name}" will not be found in the cache without a network: ${error.message}`)
  }
}

/** Where the cache has the commit of a branch or tag. */
function refFile(storage: string, revision: string): string {
  return join(storage, 'refs', ...revision.split('/'))
}

/** The snapshot that the cache has for a revision. */
async function cachedSnapshot(
  repo: HubRepo,
  wanted: (paths: readonly string[]) => readonly string[] | Promise<readonly string[]>,
  why: string,
  settings: HubSettings,
  options: HubOptions,
): Promise<HubSnapshot> {
  const storage = storageFolder(repo, settings)
  const revision = repo.revision ?? 'main'
  const ref = refFile(storage, revision)
  const commit = await readFile(ref, 'utf8').catch(() => revision)
  const unusable = (reason: string): string =>
    `Cannot use ${repo.kind} "${repo.name}" (${revision}) as it is in the cache "${settings.cacheFolder}", and ${why}: ${reason}`
  if (commit.trim() === '') {
    throw new Fault(unusable(`"${ref}" is empty, where the commit should stand; fetch it with a network first`))
  }
  const folder = join(storage, 'snapshots', commit.trim())
  const paths = await filesIn(folder)
  if (paths.length === 0) {
    throw new HubMissing(
      `Cannot find ${repo.kind} "${repo.name}" (${revision}) in the cache "${settings.cacheFolder}", and ${why}: ` +
        'fetch it with a network first',
    )
  }
  let chosen: readonly string[]
  try {
    chosen = await wanted(paths)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    throw new Fault(`${error.message} (as it is in the cache "${settings.cacheFolder}", and ${why})`)
  }
  for (const path of [...chosen, ...(await shardsOf(folder, chosen))]) {
    const place = join(folder, ...path.split('/'))
    // A download that was broken off leaves links to nowhere.
    if (!(await exists(place))) throw new Fault(unusable(`"${path}" is not whole; fetch it with a network first`))
    if (!(await isDamaged(place, path, repo, options))) continue
    throw new HubDamaged(unusable(`"${path}" is damaged; fetch it anew with a network`))
  }
  return { folder, paths: chosen }
}

/** The files that an index names, which may not be in the cache. */
async function shardsOf(folder: string, paths: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const path of paths.filter((one) => one.endsWith('.index.json'))) {
    try {
      const { weight_map: map = {} } = JSON.parse(await readFile(join(folder, path), 'utf8')) as {
        weight_map?: Record<string, string>
      }
      found.push(...new Set(Object.values(map)))
    } catch {
      // Whoever reads the index says what is wrong with it.
    }
  }
  return found
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true })
    const files: string[] = []
    for (const entry of entries) {
      if (!(await lstat(join(folder, entry))).isDirectory()) files.push(entry.split(sep).join('/'))
    }
    return files.sort()
  } catch {
    return []
  }
}
