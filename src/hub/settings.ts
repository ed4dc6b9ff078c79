import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Fault } from '../base/fault.ts'
import { fromHome } from '../base/paths.ts'
import { type HubProxies, hubProxies } from './http/proxies.ts'
import { shownAddress } from './http/shown-address.ts'

/** How the hub is reached and where its files are kept; the environment variables are those of Hugging Face. */
export interface HubSettings {
  /** HF_ENDPOINT, without a slash at the end. */
  readonly endpoint: string
  /** HF_TOKEN, or what `hf auth login` has saved. */
  readonly token: string | undefined
  /** What the token was read from. @default "HF_TOKEN" */
  readonly tokenFrom?: string
  /** HF_HUB_DISABLE_IMPLICIT_TOKEN: no token is sent that is not asked for call by call. @default false */
  readonly tokenHeldBack?: boolean
  /** HF_HUB_CACHE, or `hub` in HF_HOME. */
  readonly cacheFolder: string
  /** HF_HUB_OFFLINE, or TRANSFORMERS_OFFLINE where that is not set: use only what is in the cache. */
  readonly offline: boolean
  /** The variable that says so. @default "HF_HUB_OFFLINE" */
  readonly offlineBy?: string
  /** HTTPS_PROXY and its like. @default none */
  readonly proxies?: HubProxies
}

/**
 * Reads the hub's settings from environment variables.
 *
 * @throws {Fault} when HF_ENDPOINT is no web address, or has a password or a query in it
 */
export function hubSettings(env: Readonly<Record<string, string | undefined>> = process.env): HubSettings {
  const home = fromHome(env.HF_HOME || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface'))
  return {
    endpoint: endpointOf(env.HF_ENDPOINT || 'https://huggingface.co'),
    ...tokenOf(env, fromHome(env.HF_TOKEN_PATH || join(home, 'token'))),
    cacheFolder: fromHome(env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE || join(home, 'hub')),
    proxies: hubProxies(env),
    ...offlineOf(env),
  }
}

/** Spelled as addresses are compared: scheme and host in small letters, no usual port. */
function endpointOf(text: string): string {
  const wanted = 'expected an address such as https://huggingface.co'
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && (url.username !== '' || url.password !== '')) {
    throw new Fault(
      'Cannot use the hub at HF_ENDPOINT as it has a name or password in it: set HF_TOKEN to a token instead',
    )
  }
  if (url === undefined || !/^https?:\/\/[^/]/i.test(text)) {
    throw new Fault(`Cannot use the hub at HF_ENDPOINT "${text}": ${wanted}`)
  }
  const address = shownAddress(url).replace(/\/+$/, '')
  if (url.search === '' && url.hash === '') return address
  throw new Fault(`Cannot use the hub at HF_ENDPOINT "${address}" with a "?" or "#" and more behind it: ${wanted}`)
}

function offlineOf(env: Readonly<Record<string, string | undefined>>): Pick<HubSettings, 'offline' | 'offlineBy'> {
  const name = ['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE'].find((one) => env[one])
  const offline = name !== undefined && isTrue(env[name])
  return offline ? { offline, offlineBy: name } : { offline }
}

/** Part of a sentence. */
export function offlineWords({ offlineBy = 'HF_HUB_OFFLINE' }: HubSettings): string {
  return `${offlineBy} is set`
}

function isTrue(value: string | undefined): boolean {
  return /^(1|on|yes|true)$/i.test(value ?? '')
}

/** That the user wants no token sent that no call asks for. */
export const implicitVariable = 'HF_HUB_DISABLE_IMPLICIT_TOKEN'

type Token = Pick<HubSettings, 'token' | 'tokenFrom' | 'tokenHeldBack'>

/** Source: `get_token_to_send` of huggingface_hub 2.4, which holds HF_TOKEN back as well as a saved token. */
function tokenOf(env: Readonly<Record<string, string | undefined>>, path: string): Token {
  if (isTrue(env[implicitVariable])) return { token: undefined, tokenHeldBack: true }
  const named = ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN'].find((name) => env[name]?.trim())
  return named === undefined ? savedToken(path) : { token: env[named]!.trim(), tokenFrom: named }
}

function savedToken(path: string): Token {
  try {
    return { token: readFileSync(path, 'utf8').trim() || undefined, tokenFrom: `the file "${path}"` }
  } catch {
    return { token: undefined }
  }
}

/**
 * @throws {Fault} when no header can carry the token; its value is in no sentence
 */
export function refuseBrokenToken({ token, tokenFrom = 'HF_TOKEN' }: Token): void {
  if (token === undefined || /^[\x21-\x7e]+$/u.test(token)) return
  throw new Fault(
    `Cannot ask the hub as ${tokenFrom} has characters that no token has, such as spaces, line breaks or letters beyond ASCII: copy the token once more`,
  )
}
