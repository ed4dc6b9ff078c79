import { open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeFault } from '../base/atomic-file.ts'
import { Fault } from '../base/fault.ts'
import { takeLock } from '../base/lock.ts'
import { makeFolder } from '../base/make-folder.ts'
import type { NoticeListener } from '../base/notice.ts'
import type { HubPatience } from './fetch.ts'
import { inTime } from './http/in-time.ts'
import { pause } from './http/pause.ts'
import { withoutSecrets } from './http/shown-address.ts'
import { isContentOf } from './is-content-of.ts'
import { readRefusal } from './refusal.ts'
import { fetchFault, type HubFile, type HubRepo } from './repo.ts'
import type { HubSettings } from './settings.ts'

export interface DownloadOptions {
  readonly repo: HubRepo
  readonly settings: HubSettings
  /** Held while the file is downloaded, so that two processes do not write one file. */
  readonly lockPath: string
  readonly fetch: typeof fetch
  readonly patience: HubPatience
  readonly onNotice: NoticeListener
  /** Told where a transfer begins, and after each piece. */
  readonly onBytes?: (done: number) => void
  readonly signal: AbortSignal | undefined
}

/**
 * Downloads one file's content. It grows beside its place as `<name>.incomplete`, from which a broken or killed
 * download goes on; it gets its name when size and checksum are right, also in place of a damaged one.
 *
 * @throws {Fault} when it arrives damaged or broken again and again, access is refused, or the disk is full
 */
export async function downloadBlob(url: string, blob: string, file: HubFile, options: DownloadOptions): Promise<void> {
  try {
    makeFolder(dirname(blob))
  } catch (error) {
    throw writeFault(blob, error)
  }
  const release = await lock(file, options)
  try {
    // Whoever held the lock has perhaps finished it; what was there before may be damaged.
    if ((await sizeOf(blob)) > 0 && (await isIntact(blob, file))) return
    await fetchWhole(url, `${blob}.incomplete`, file, options)
    await rename(`${blob}.incomplete`, blob)
  } finally {
    release()
  }
}

async function lock(file: HubFile, { lockPath, onNotice, signal }: DownloadOptions): Promise<() => void> {
  let told = false
  for (;;) {
    const taken = takeLock(lockPath)
    if ('release' in taken) return () => taken.release()
    if (!told) onNotice(`Waiting for process ${taken.holder.pid}, which is downloading "${file.path}"`)
    told = true
    await pause(500, signal)
  }
}

/** A part of a file that is progress; a byte at a time would take for ever. */
const parts = 1000

async function fetchWhole(url: string, path: string, file: HubFile, options: DownloadOptions): Promise<void> {
  const { attempts, firstWaitMs } = options.patience
  const { signal } = options
  let reason = ''
  let fruitless = 0
  let reached = 0
  let begunAnew = 0
  // Attempts that bring a good part are not counted: a bad line may break often on a large file. One that begins anew is.
  while (fruitless < attempts) {
    const before = await sizeOf(path)
    if (before < file.size || file.size === 0) {
      const problem = await fetchRest(url, path, before, file, options)
      if (problem !== undefined) {
        reason = problem
        const now = await sizeOf(path)
        const grown = now - Math.min(now, reached) >= Math.max(1, file.size / parts)
        if (now < reached) begunAnew++
        if (grown || now < reached) reached = now
        fruitless = grown ? begunAnew : fruitless + 1
        if (fruitless < attempts) await pause(grown ? firstWaitMs : firstWaitMs * 2 ** (fruitless - 1), signal)
        continue
      }
    }
    if (await isIntact(path, file)) return
    reason = 'its checksum is wrong'
    fruitless++
    await rm(path, { force: true })
  }
  throw new Fault(
    `Cannot download "${file.path}" of "${options.repo.name}" as ${reason}, in ${attempts} attempts: try again later; ` +
      'what has arrived is kept',
  )
}

/**
 * Asks for the bytes from `from` on and appends them.
 *
 * @returns why it broke, or nothing when the answer was read to its end
 */
async function fetchRest(
  url: string,
  path: string,
  from: number,
  file: HubFile,
  { repo, settings, fetch: fetcher, patience, onBytes, signal }: DownloadOptions,
): Promise<string | undefined> {
  signal?.throwIfAborted()
  const controller = new AbortController()
  const onAbort = (): void => controller.abort(signal?.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    // Of what is packed for the way, half is worth nothing: no rest fits it. A range is never asked for packed.
    const headers = from > 0 ? { range: `bytes=${from}-` } : { 'accept-encoding': 'identity' }
    const response = await fetcher(url, { headers, signal: controller.signal })
    if (response.status === 416) {
      // More was there than the file has.
      await rm(path, { force: true })
      return 'the hub refuses to go on with what was there'
    }
    if (!response.ok) throw fetchFault(repo, await readRefusal(response, settings), settings, file.path)
    const goesOn = response.status === 206 && startOfRange(response) === from && !isPacked(response)
    if (response.status === 206 && !goesOn) {
      await response.body?.cancel()
      await rm(path, { force: true })
      return `the hub went on ${isPacked(response) ? 'with what is packed' : 'at another place than asked'}`
    }
    return await append(response, path, goesOn ? from : 0, file, { silenceMs: patience.silenceMs, onBytes, controller })
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof Fault) throw error
    return brokenReason(error)
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}

async function append(
  response: Response,
  path: string,
  from: number,
  file: HubFile,
  watch: { silenceMs: number; onBytes: ((done: number) => void) | undefined; controller: AbortController },
): Promise<string | undefined> {
  const { silenceMs, onBytes, controller } = watch
  // Told first, so that whoever sees the file, and asks to stop, is told that it is kept.
  onBytes?.(from)
  const handle = await open(path, from > 0 ? 'a' : 'w').catch((error: unknown) => {
    throw writeFault(path, error)
  })
  const reader = response.body?.getReader()
  let done = from
  try {
    for (;;) {
      const late = `nothing arrived for ${silenceMs / 1000} s`
      const piece = reader && (await inTime(reader.read(), silenceMs, late, controller.signal))
      if (piece?.value === undefined) break
      done += piece.value.length
      if (done > file.size) return `it is larger than the ${file.size} bytes that the hub lists`
      await handle.write(piece.value).catch((error: unknown) => {
        throw writeFault(path, error)
      })
      onBytes?.(done)
    }
    return done < file.size ? `only ${done} of ${file.size} bytes arrived` : undefined
  } finally {
    // Neither is waited for, as a body that is stuck may never end.
    void reader?.cancel().catch(() => {})
    controller.abort()
    await handle.close()
  }
}

function brokenReason(error: unknown): string {
  const { message, cause } = error as Error
  const deeper = (cause as NodeJS.ErrnoException | undefined)?.code ?? (cause as Error | undefined)?.message
  return `the transfer broke (${withoutSecrets(deeper ?? message)})`
}

/** For the way: a range is then one of packed bytes. */
function isPacked({ headers }: Response): boolean {
  return !['', 'identity'].includes((headers.get('content-encoding') ?? '').trim().toLowerCase())
}

/** `bytes 100-199/200` begins at 100. */
function startOfRange(response: Response): number {
  return Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? Number.NaN)
}

async function sizeOf(path: string): Promise<number> {
  return await stat(path).then(
    ({ size }) => size,
    () => 0,
  )
}

async function isIntact(path: string, file: HubFile): Promise<boolean> {
  return (await sizeOf(path)) === file.size && (await isContentOf(file, path))
}
