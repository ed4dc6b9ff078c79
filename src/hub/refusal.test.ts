import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FakeHub, type Trouble } from '../../test/rig/fake-hub.ts'
import { HubMissing, HubRefused } from './repo.ts'
import type { HubSettings } from './settings.ts'
import { hubSnapshot } from './snapshot.ts'

let hub: FakeHub
let cacheFolder: string

beforeEach(async () => {
  hub = new FakeHub()
  await hub.start()
  cacheFolder = mkdtempSync(join(tmpdir(), 'reteach-refusal-'))
  hub.repos.set('models/owner/tiny', { files: { 'a.bin': { content: randomBytes(50), large: true } } })
})
afterEach(async () => {
  await hub.stop()
  rmSync(cacheFolder, { recursive: true })
})

async function refusedBy(refuses: Omit<NonNullable<Trouble['refuses']>, 'times'>, more: Partial<HubSettings> = {}) {
  hub.trouble.refuses = { times: 100, ...refuses }
  const settings = { endpoint: hub.endpoint, token: undefined, cacheFolder, offline: false, ...more }
  const patience = { attempts: 2, firstWaitMs: 1, longestWaitMs: 10, silenceMs: 2000 }
  const fetching = hubSnapshot({ kind: 'model', name: 'owner/tiny' }, (all) => all, { settings, patience })
  return await fetching.then(
    () => new Error('nothing was refused'),
    (error: Error) => error,
  )
}

const withToken = { token: 'hf', tokenFrom: 'the file "token"' }
const heldBack = { tokenHeldBack: true }

test.each<[code: string, status: number, more: Partial<HubSettings>, kind: typeof HubRefused, sentence: RegExp]>([
  [
    'GatedRepo',
    401,
    {},
    HubRefused,
    /gated, and the hub answers 401 \("Why"\): agree .*\/owner\/tiny, and set HF_TOKEN/u,
  ],
  [
    'GatedRepo',
    403,
    withToken,
    HubRefused,
    /\/owner\/tiny, with the account of the file "token", which must be allowed/u,
  ],
  ['GatedRepo', 401, heldBack, HubRefused, /no token is sent, as HF_HUB_DISABLE_IMPLICIT_TOKEN is set/u],
  [
    'DisabledRepo',
    403,
    withToken,
    HubRefused,
    /disabled for everybody, and the hub answers 403 \("Why"\): use another/u,
  ],
  ['RepoNotFound', 401, {}, HubRefused, /^Cannot fetch .* answers 401: .* or it is private and HF_TOKEN is not set$/u],
  ['RepoNotFound', 404, withToken, HubMissing, /^Cannot find .* answers 404: .* the file "token" is wrong or may not/u],
  [
    'RevisionNotFound',
    404,
    {},
    HubMissing,
    /^Cannot find revision "main" of model "owner\/tiny" as the hub answers 404/u,
  ],
  ['Unknown', 403, withToken, HubRefused, /answers 403 \("Why"\): the file "token" may not read it/u],
])('hubSnapshot() tells %s with %i by its name', async (code, status, more, kind, sentence) => {
  const fault = await refusedBy({ status, headers: { 'x-error-code': code, 'x-error-message': 'Why.' } }, more)
  expect(fault).toBeInstanceOf(kind)
  expect(fault.message).toMatch(sentence)
})

test('hubSnapshot() tells a gated file and a wrong token by what the hub says of them', async () => {
  const headers = { 'x-error-code': 'GatedRepo' }
  const gated = await refusedBy({ of: ({ url }) => url.includes('/resolve/'), status: 401, headers })
  expect(gated.message).toMatch(/^Cannot fetch "a\.bin" of model "owner\/tiny" as it is gated/u)
  const body = '{"error":"Invalid credentials in Authorization header"}'
  const wrong = await refusedBy({ status: 401, headers: { 'content-type': 'application/json' }, body }, withToken)
  expect(wrong.message).toMatch(/\("Invalid credentials in Authorization header"\): the file "token" is wrong/u)
})

test.each([
  ['a long text', 'text/plain', `See https://h/x?X-Sig=1\n${'y'.repeat(1e6)}`, /\("See https:\/\/h\/x y{184}…"\)/u],
  ['a page', 'text/html', '<p>Log in</p>', /the hub answers 418$/u],
  ['no JSON', 'application/json', '{"error":', /the hub answers 418$/u],
])('hubSnapshot() makes one short line of %s', async (_, type, body, sentence) => {
  const { message } = await refusedBy({ status: 418, headers: { 'content-type': type }, body })
  expect(message).toMatch(sentence)
})

test('hubSnapshot() says that a store of large files refuses, and shows no signature', async () => {
  const of = ({ host }: { readonly host: string }): boolean => host === 'store'
  const body = '<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>'
  for (const status of [401, 403]) {
    const expired = await refusedBy({ of, status, headers: { 'content-type': 'application/xml' }, body }, withToken)
    expect(expired.message).toBe(
      `Cannot fetch "a.bin" of model "owner/tiny" as the hub's store of large files at "${hub.storeAddress}" answers ${status} ` +
        '("Request has expired"): the address that the hub has given may have expired, so run it again',
    )
  }
  const busy = await refusedBy({ of, status: 503 })
  expect(busy.message).toMatch(
    new RegExp(`^Cannot reach "${hub.storeAddress}/[0-9a-f]{64}": the hub's store of large files answers 503`, 'u'),
  )
  const late = await refusedBy({ of, status: 429, headers: { 'retry-after': '60' } })
  expect(late.message).toMatch(/[0-9a-f]{64}" as the hub's store of large files asks to wait 60 seconds: try later$/u)
})
