import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Fault } from '../base/fault.ts'
import { type HubProxies, hubProxies } from './proxies.ts'

/** How the hub is reached and where its files are kept; the environment variables are those of Hugging Face. */
export interface HubSettings {
  /** HF_ENDPOINT, without a slash at the end. */
  readonly endpoint: string
  /** HF_TOKEN, or what `hf auth login` has saved. */
  readonly token: string | undefined
  /** HF_HUB_CACHE, or `hub` in HF_HOME. */
  readonly cacheFolder: string
  /** HF_HUB_OFFLINE: use only what is in the cache. */
  readonly offline: boolean
  /** HTTPS_PROXY and its like. @default none */
  readonly proxies?: HubProxies
}

/**
 * Reads the hub's settings from environment variables.
 *
 * @throws {Fault} when HF_ENDPOINT is no web address
 */
export function hubSettings(env: Readonly<Record<string, string | undefined>> = process.env): HubSettings {
  const home = env.HF_HOME || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface')
  const endpoint = (env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '')
  if (!/^https?:\/\/[^/]/.test(endpoint) || !URL.canParse(endpoint)) {
    throw new Fault(
      `Cannot use the hub at HF_ENDPOINT "${endpoint}": expected an address such as https://huggingface.co`,
    )
  }
  return {
    endpoint,
    token: (env.HF_TOKEN || env.HUGGING_FACE_HUB_TOKEN || savedToken(env.HF_TOKEN_PATH || join(home, 'token')))?.trim(),
    cacheFolder: env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE || join(home, 'hub'),
    proxies: hubProxies(env),
    offline: /^(1|on|yes|true)$/i.test(env.HF_HUB_OFFLINE ?? ''),
  }
}

function savedToken(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}
