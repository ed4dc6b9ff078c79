import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Fault } from '../../base/fault.ts'
import type { NoticeListener } from '../../base/notice.ts'
import { hubFetch, usualPatience } from '../fetch.ts'
import { withoutSecrets } from '../http/shown-address.ts'
import { isHubName } from '../hub-name.ts'
import { isContentOf } from '../is-content-of.ts'
import { listRepo, type RepoListing } from '../list-repo.ts'
import { type Refusal, readRefusal, refusing } from '../refusal.ts'
import { expiredWords, type HubRepo } from '../repo.ts'
import { type HubSettings, hubSettings, implicitVariable, offlineWords } from '../settings.ts'
import type { HubOptions } from '../snapshot.ts'
import { type FolderFile, folderFiles } from './folder-files.ts'
import { KeptUploads } from './kept-uploads.ts'
import { type Library, withFrontMatter } from './model-card-file.ts'
import { resumingFetch, StaleUpload } from './resuming-fetch.ts'

export interface PushOptions extends Omit<HubOptions, 'onProgress' | 'onCompare' | 'compared'> {
  /** Everybody may see a repository that is made for it. @default false */
  readonly isPublic?: boolean
  /** Of the commit. */
  readonly message?: string
  /** Told how many bytes of the files have been sent; small ones go with the commit and are not counted. */
  readonly onBytes?: (done: number, total: number) => void
  /** Keeps which parts of large files have arrived, for the next push. @default nothing is kept */
  readonly keptFolder?: string
}

export interface Pushed {
  /** Where people look at it. */
  readonly url: string
  /** `undefined` when the hub had everything already. */
  readonly commit: string | undefined
  /** Paths that were sent, or that the hub was told of as it had their content. */
  readonly sent: readonly string[]
  /** Paths that the hub had as they are. */
  readonly unchanged: readonly string[]
  readonly isPrivate: boolean
}

/**
 * Brings a model's folder to a repository of the hub, which is made if there is none: in one commit, of the files that it does not
 * have yet. Large files go to the hub's store before the commit, so that a push that was broken off goes on with the files, and of
 * very large ones with the parts, that had not arrived. A card without the hub's front matter gets one on the way; files that only the hub has stay there.
 *
 * @param name `owner/name`
 * @throws {Fault} without a token or network, when the hub refuses, or when a file cannot be read
 */
export async function pushFolder(folder: string, name: string, options: PushOptions = {}): Promise<Pushed> {
  const settings = checkedSettings(name, options)
  const onNotice = options.onNotice ?? (() => {})
  const files = filesToPush(folder, name, onNotice)
  const patience = options.patience ?? usualPatience
  const fetching = { settings, patience, onNotice, signal: options.signal, hasCache: false }
  const fetcher = hubFetch(fetching)
  const repo: HubRepo = { kind: 'model', name }
  const unmade = await makeRepo(name, settings, fetcher, options.isPublic === true)
  const faultOf = (refusal: Refusal): Fault => pushFault(name, refusal, settings)
  const listing = await listRepo(
    repo,
    settings,
    refusing(fetcher, settings, (refusal) => unmade ?? faultOf(refusal)),
  )
  if (!listing.isPrivate && options.isPublic !== true) {
    onNotice(`"${name}" was on the hub already and is public: everybody sees what is pushed there`)
  }
  const changed = await changedFiles(files, listing, options.signal)
  const onSent = sendingMeter(changed, options.onBytes)
  const kept = new KeptUploads(options.keptFolder, `${settings.endpoint}/${name}`)
  const sender = (): typeof fetch => {
    const resuming = resumingFetch({ fetcher: hubFetch({ ...fetching, onSent }), kept, onSkipped: onSent })
    return refusing(resuming, settings, faultOf)
  }
  const commit = changed.length === 0 ? undefined : await sendFiles(changed, repo, { settings, sender, options })
  const sent = changed.map(({ path }) => path)
  return {
    url: `${settings.endpoint}/${name}`,
    commit,
    sent,
    unchanged: files.map(({ path }) => path).filter((path) => !sent.includes(path)),
    isPrivate: listing.isPrivate,
  }
}

/** A file, or a card that is not as it lies in the folder. */
interface PushedFile extends FolderFile {
  readonly content?: Buffer
}

function checkedSettings(name: string, { settings = hubSettings() }: PushOptions): HubSettings {
  if (!isHubName(name)) throw new Fault(`Cannot push to "${name}" on the hub: expected owner/name`)
  if (settings.offline) throw new Fault(`Cannot push to "${name}" as ${offlineWords(settings)}: unset it to push`)
  if (settings.token !== undefined) return settings
  if (settings.tokenHeldBack === true) {
    throw new Fault(
      `Cannot push to "${name}" without a token, and none is sent as ${implicitVariable} is set: unset it`,
    )
  }
  throw new Fault(
    `Cannot push to "${name}" without a token: set HF_TOKEN to one that may write (${settings.endpoint}/settings/tokens)`,
  )
}

function filesToPush(folder: string, name: string, onNotice: NoticeListener): PushedFile[] {
  const files = folderFiles(folder, onNotice)
  const place = join(folder, cardName)
  const written = existsSync(place) ? readFileSync(place, 'utf8') : undefined
  const card = withFrontMatter(written, name, libraryOf(files))
  if (card === written) return files
  const content = Buffer.from(card)
  return [...files.filter(({ path }) => path !== cardName), { path: cardName, place, size: content.length, content }]
}

const cardName = 'README.md'

/** Graphs without weights are opened by transformers.js alone. */
function libraryOf(files: readonly FolderFile[]): Library {
  const has = (pattern: RegExp): boolean => files.some(({ path }) => pattern.test(path))
  return has(/^onnx\/.*\.onnx$/u) && !has(/^[^/]*\.(?:safetensors|bin)$/u) ? 'transformers.js' : 'transformers'
}

/**
 * That there is one already is as good, and a token that may write to it may be one that makes none.
 *
 * @returns why none is made, which counts where there is none
 * Source: `create_repo` of huggingface_hub 2.4, which looks after the same statuses.
 */
async function makeRepo(
  name: string,
  settings: HubSettings,
  fetcher: typeof fetch,
  isPublic: boolean,
): Promise<Fault | undefined> {
  const [organization, own] = name.split('/')
  const visibility = isPublic ? 'public' : 'private'
  const response = await fetcher(`${settings.endpoint}/api/repos/create`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'model', name: own, organization, visibility, private: !isPublic }),
  })
  if (response.ok) return undefined
  const refusal = await readRefusal(response, settings)
  // Two of one user's are not made at a time, which has the same status as one that is there.
  if (refusal.status === 409 && !refusal.words.includes('conflicting operation')) return undefined
  const fault = pushFault(name, refusal, settings)
  if ([401, 402, 403, 409].includes(refusal.status)) return fault
  throw fault
}

async function changedFiles(
  files: readonly PushedFile[],
  { files: listed }: RepoListing,
  signal: AbortSignal | undefined,
): Promise<PushedFile[]> {
  const changed: PushedFile[] = []
  for (const file of files) {
    signal?.throwIfAborted()
    const known = listed.get(file.path)
    const isThere = known?.size === file.size && (await isContentOf(known, file.content ?? file.place))
    if (!isThere) changed.push(file)
  }
  return changed
}

interface SendContext {
  readonly settings: HubSettings
  /** Makes one for each attempt. */
  readonly sender: () => typeof fetch
  readonly options: PushOptions
}

/** @returns the commit */
async function sendFiles(files: readonly PushedFile[], repo: HubRepo, context: SendContext): Promise<string> {
  const { signal } = context.options
  for (let stale = 0; ; stale++) {
    try {
      return await sendOnce(files, repo, context)
    } catch (error) {
      signal?.throwIfAborted()
      // Its upload is forgotten, so that each large file can be begun anew once.
      if (error instanceof StaleUpload && stale < files.length) continue
      throw brokenPush(repo.name, error)
    }
  }
}

async function sendOnce(
  files: readonly PushedFile[],
  repo: HubRepo,
  { settings, sender, options: { message, signal } }: SendContext,
): Promise<string> {
  // The library is large and needed by few commands.
  const { commit } = await import('@huggingface/hub')
  const made = await commit({
    repo: { type: 'model', name: repo.name },
    title: message ?? 'Upload model with reteach',
    operations: files.map(({ path, place, content }) => ({
      operation: 'addOrUpdate' as const,
      path,
      content: content === undefined ? pathToFileURL(place) : new Blob([new Uint8Array(content)]),
    })),
    hubUrl: settings.endpoint,
    fetch: sender(),
    // The store of large files that git knows too: its transfers go through proxies and are checked by the hub.
    useXet: false,
    ...(signal !== undefined && { abortSignal: signal }),
  })
  return made!.commit.oid
}

function brokenPush(name: string, error: unknown): Fault {
  if (error instanceof Fault) return error
  return new Fault(
    `Cannot push to "${name}" as ${withoutSecrets((error as Error).message)}: run it again, what has arrived is not sent again`,
    undefined,
    { cause: error },
  )
}

/** What a refusal means for a user who pushes. */
function pushFault(name: string, { status, reason, words, isOfStore }: Refusal, { tokenFrom }: HubSettings): Fault {
  const what = `Cannot push to "${name}" as ${words}`
  const token = tokenFrom ?? 'HF_TOKEN'
  if (isOfStore) return new Fault(`${what}: ${expiredWords}; what has arrived is not sent again`)
  if (reason === 'DisabledRepo') return new Fault(`${what}: name another one`)
  if (status === 401) return new Fault(`${what}: ${token} is wrong or has expired`)
  if (status === 403)
    return new Fault(`${what}: ${token} may not write there; make one that may, or name another owner`)
  if (status === 409 || status === 412) return new Fault(`${what}: run it again`)
  return new Fault(what)
}

/** Adds up what has been sent: a part that is sent again begins anew. */
function sendingMeter(
  files: readonly FolderFile[],
  onBytes: PushOptions['onBytes'],
): (url: string, bytes: number) => void {
  const total = files.reduce((sum, { size }) => sum + size, 0)
  const sent = new Map<string, number>()
  return (url, bytes) => {
    sent.set(url, bytes)
    onBytes?.(
      [...sent.values()].reduce((sum, one) => sum + one, 0),
      total,
    )
  }
}
