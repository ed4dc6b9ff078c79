import { expect, it } from 'vitest'
import { refusalOf } from './request-guard.ts'

const caller = { host: '127.0.0.1:4320', origin: undefined, token: undefined }
const door = { token: undefined }
const foreign =
  'The request comes from another site, or through a proxy that does not pass on the name that was asked for (Host)'

it.each([
  [{}, undefined],
  [{ host: 'localhost:4320', origin: 'http://localhost:4320' }, undefined],
  [{ host: 'localhost', origin: 'https://localhost' }, undefined],
  [{ host: '[::1]:4320' }, undefined],
  [{ host: undefined }, 'The request names no host'],
  [{ host: 'localhost' }, undefined],
  [{ host: '127.0.0.1:9000', origin: 'http://127.0.0.1:9000' }, undefined],
  [{ host: '127.0.0.1:9000', origin: 'http://127.0.0.1:9001' }, foreign],
  [{ host: 'localhost.example.org:4320' }, 'The request is for another host'],
  [{ host: '127.0.0.1.example.org' }, 'The request is for another host'],
  [{ host: 'localhost:4320@example.org' }, 'The request is for another host'],
  [{ host: 'rebound.example.org:4320' }, 'The request is for another host'],
  [{ origin: 'https://example.org' }, foreign],
  [{ origin: 'null' }, foreign],
  [{ origin: 'http://localhost:4320' }, foreign],
])('refusalOf() of %j on this machine is %j', (changed, refusal) => {
  expect(refusalOf({ ...caller, ...changed }, door)).toBe(refusal)
})

it('refusalOf() asks for the token wherever other machines reach the server', () => {
  const open = { token: 'abc' }
  const far = { ...caller, host: 'node7:4320' }
  for (const token of [undefined, '', 'ab', 'abd', 'abcd'])
    expect(refusalOf({ ...far, token }, open)).toContain('token')
  expect(refusalOf({ ...far, token: 'abc', origin: 'http://node7:4320' }, open)).toBeUndefined()
  expect(refusalOf({ ...far, token: 'abc', origin: 'https://node7:4320' }, open)).toBeUndefined()
  expect(refusalOf({ ...far, token: 'abc', origin: 'https://node7' }, open)).toBe(foreign)
  expect(refusalOf({ ...far, token: 'abc', origin: 'http://other' }, open)).toBe(foreign)
})
