import { afterEach, beforeEach, expect, test } from 'vitest'
import { FakeHub } from '../../test/rig/fake-hub.ts'
import { hubFetch } from './fetch.ts'
import { redirectTarget } from './http/redirect.ts'

let hub: FakeHub
beforeEach(async () => {
  hub = new FakeHub()
  await hub.start()
})
afterEach(() => hub.stop())

const askedFrom = (location: string): Promise<unknown> => {
  const response = new Response(null, { status: 302, headers: { location } })
  const endpoint = new URL('https://hub.test')
  return redirectTarget(response, new URL('https://hub.test/a'), { endpoint, isContent: true, isProxied: () => true })
}

test.each([
  ['//user:pw@hub.test/c?sig=x', '"https://hub.test/c", which has a name or password in it'],
  ['https://pw@cdn.test/c', '"https://cdn.test/c", which has a name or password in it'],
  ['ftp://user:pw@cdn.test/c', '"ftp://cdn.test/c", which has a name or password in it'],
  ['https://user:pw@[cdn/c?sig=x', '"[cdn/c", which is no address'],
  ['https://user:p?w@cdn.test/c', '"cdn.test/c", which is no address'],
])('redirectTarget() follows no %s, and shows no password', async (location, words) => {
  const message = await askedFrom(location).then(String, String)
  expect(message).toContain(`Cannot follow the hub from "https://hub.test/a" to ${words}`)
  expect(message).not.toMatch(/pw|p\?w|sig/)
})

test('hubFetch() asks once where the hub sends on with a name and password, or names such an address itself', async () => {
  const send = hubFetch({
    settings: { endpoint: hub.endpoint, token: undefined, cacheFolder: '', offline: false },
    patience: { attempts: 3, firstWaitMs: 1, longestWaitMs: 10, silenceMs: 2000 },
    onNotice: () => {},
  })
  const { host } = new URL(hub.endpoint)
  hub.trouble.refuses = { times: 10, status: 307, headers: { location: `//user:pw@${host}/b` } }
  await expect(send(`${hub.endpoint}/a`)).rejects.toThrow(
    `Cannot follow the hub from "${hub.endpoint}/a" to "${hub.endpoint}/b", which has a name or password in it: is HF_ENDPOINT`,
  )
  expect(hub.requests).toHaveLength(1)
  await expect(send(`http://user:pw@${host}/api/next`)).rejects.toThrow(
    `Cannot follow the hub from "${hub.endpoint}/" to "${hub.endpoint}/api/next", which has a name`,
  )
  expect(hub.requests).toHaveLength(1)
})
