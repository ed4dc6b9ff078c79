import { Fault } from '../base/fault.ts'
import type { Refusal } from './refusal.ts'
import { type HubSettings, implicitVariable } from './settings.ts'

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

/** What a refusal of the hub, or of its store of large files, means for a user who fetches. */
export function fetchFault(repo: HubRepo, refusal: Refusal, settings: HubSettings, path?: string): Fault {
  const { kind, name, revision } = repo
  const { status, reason, words, isOfStore } = refusal
  const { endpoint, token, tokenFrom = 'HF_TOKEN' } = settings
  const what = path === undefined ? `${kind} "${name}"` : `"${path}" of ${kind} "${name}"`
  const refused = `Cannot fetch ${what} as ${words}`
  const page = `${endpoint}/${kind === 'model' ? '' : `${kind}s/`}${name}`
  if (isOfStore) return new Fault(`${refused}: ${expiredWords}`)
  switch (reason ?? status) {
    case 'GatedRepo':
      return new HubRefused(
        `Cannot fetch ${what} as it is gated, and ${words}: agree to its terms on ${page}, ` +
          (token === undefined
            ? `and set HF_TOKEN to a token of the same account${heldBack(settings)}`
            : `with the account of ${tokenFrom}, which must be allowed to read gated repositories`),
      )
    case 'DisabledRepo':
      return new HubRefused(`Cannot fetch ${what} as it is disabled for everybody, and ${words}: use another one`)
    case 'WrongToken':
      return new HubRefused(`${refused}: ${tokenFrom} is wrong or has expired`)
    case 'RevisionNotFound':
      return new HubMissing(
        `Cannot find revision "${revision ?? 'main'}" of ${kind} "${name}" as ${words}: check the revision`,
      )
    case 'EntryNotFound':
      return new HubMissing(`Cannot find ${what} as ${words}: was it removed meanwhile?`)
    case 'RepoNotFound':
      if (status === 401) return new HubRefused(`${refused}: ${unknownWords(settings)}`)
      return new HubMissing(`Cannot find ${what} as ${words}: ${unknownWords(settings)}`)
    case 401:
      return new HubRefused(`${refused}: ${unknownWords(settings)}`)
    case 403:
      if (token !== undefined) {
        return new HubRefused(`${refused}: ${tokenFrom} may not read it, or its terms are not agreed to on ${page}`)
      }
      return new HubRefused(`${refused}: agree to its terms on its page, or set HF_TOKEN${heldBack(settings)}`)
    case 404: {
      const at = revision === undefined ? '' : ` at revision "${revision}"`
      return new HubMissing(`Cannot find ${what}${at} on the hub: check the name and the revision`)
    }
    default:
      return new Fault(refused)
  }
}

function unknownWords(settings: HubSettings): string {
  const { token, tokenFrom = 'HF_TOKEN' } = settings
  const why =
    token === undefined ? `HF_TOKEN is not set${heldBack(settings)}` : `${tokenFrom} is wrong or may not read it`
  return `there is none of this name, or it is private and ${why}`
}

/** Part of a sentence on what a store of large files refuses. */
export const expiredWords = 'the address that the hub has given may have expired, so run it again'

function heldBack({ tokenHeldBack }: HubSettings): string {
  return tokenHeldBack === true ? ` (no token is sent, as ${implicitVariable} is set)` : ''
}
