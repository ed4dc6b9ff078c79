import type { NoticeListener } from '../base/notice.ts'

/** Who follows a download, and may end it. */
export interface HubListeners {
  readonly onNotice?: NoticeListener
  readonly onProgress?: (progress: HubProgress) => void
  /** Told of files in the cache that are compared with their checksums, after each MiB. */
  readonly onCompare?: (progress: HubComparison) => void
  /** Ends the download; what has arrived is kept, and the next one goes on from it. */
  readonly signal?: AbortSignal
}

/** How far a file of the cache has been read. */
export interface HubComparison {
  /** `owner/name` */
  readonly repo: string
  readonly file: string
  readonly doneBytes: number
  readonly totalBytes: number
}

/** How far a download is; files that are in the cache are not counted. */
export interface HubProgress {
  /** `owner/name` */
  readonly repo: string
  readonly file: string
  readonly doneBytes: number
  readonly totalBytes: number
  /** What an earlier download had left of the file. */
  readonly fromBytes: number
  /** Which of the files that are fetched it is, counted from 1. */
  readonly number: number
  readonly files: number
  /** The file is whole, its checksum is right. */
  readonly finished: boolean
}
