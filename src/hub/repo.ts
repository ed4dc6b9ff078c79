import { Fault } from '../base/fault.ts'

/** A repository on the hub. */
export interface HubRepo {
  readonly kind: 'model' | 'dataset'
  /** `owner/name`, or the bare name of one of the oldest. */
  readonly name: string
  /** Branch, tag or commit. @default "main" */
  readonly revision?: string
}

/** A file as the hub lists it. */
export interface HubFile {
  readonly path: string
  readonly size: number
  /** SHA-256 of a large file's content; absent for small ones, which git keeps. */
  readonly sha256?: string
  /** Git's name of the content: SHA-1 over a header and the bytes. */
  readonly gitSha1: string
}

/** The hub has no such repository, revision or file. */
export class HubMissing extends Fault {}

/** What is in the cache is not what the hub had. */
export class HubDamaged extends Fault {}

/** The hub answers, and does not give what was asked for; what is in the cache may do. */
export class HubRefused extends Fault {}

/** What an HTTP status of the hub means for a user. */
export function statusFault({ kind, name, revision }: HubRepo, status: number, path?: string): Fault {
  const what = path === undefined ? `${kind} "${name}"` : `"${path}" of ${kind} "${name}"`
  const at = revision === undefined ? '' : ` at revision "${revision}"`
  switch (status) {
    case 401:
      return new HubRefused(
        `Cannot fetch ${what} as the hub answers 401: there is none of this name, or it is private and HF_TOKEN is not set or wrong`,
      )
    case 403:
      return new HubRefused(
        `Cannot fetch ${what} as the hub answers 403: agree to its terms on its page, or set HF_TOKEN`,
      )
    case 404:
      return new HubMissing(`Cannot find ${what}${at} on the hub: check the name and the revision`)
    default:
      return new Fault(`Cannot fetch ${what} as the hub answers ${status}`)
  }
}
