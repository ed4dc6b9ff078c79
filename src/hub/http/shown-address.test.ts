import { expect, test } from 'vitest'
import { shownAddress, withoutSecrets } from './shown-address.ts'

test('withoutSecrets() cuts what follows the paths of addresses, and leaves the sentence round them', () => {
  const cut = (text: string) => withoutSecrets(text)
  expect(cut('at https://a.b/c?sig=x&e=1, then')).toBe('at https://a.b/c, then')
  expect(cut('(see HTTPS://a.b/c?sig=x). No more')).toBe('(see HTTPS://a.b/c). No more')
  expect(cut('"http://a.b/c#part?sig=x"')).toBe('"http://a.b/c"')
  expect(cut('https://a.b/c?sig=x,y;z and http://d/e?f')).toBe('https://a.b/c and http://d/e')
  expect(cut('is it https://a.b/c?')).toBe('is it https://a.b/c')
  expect(cut('nothing? No. https://a.b/c')).toBe('nothing? No. https://a.b/c')
})

test('withoutSecrets() cuts names and passwords of addresses', () => {
  const cut = (text: string) => withoutSecrets(text)
  expect(cut('credentials: https://user:pw@a.b:1/c?sig=x.')).toBe('credentials: https://a.b:1/c.')
  expect(cut("at //user:p'w@a.b, and ftp://me@d/e")).toBe('at //a.b, and ftp://d/e')
  expect(cut('http://u:p@w@a.b')).toBe('http://a.b')
  expect(cut('https://a.b/@user/c, or mail me@d.e')).toBe('https://a.b/@user/c, or mail me@d.e')
})

test('shownAddress() has neither name nor signature, of whatever kind the address is', () => {
  const shown = (text: string) => shownAddress(new URL(text))
  expect(shown('https://user:pw@a.b:1/c?sig=x#y')).toBe('https://a.b:1/c')
  expect(shown('ssh://user:pw@a.b/c')).toBe('ssh://a.b/c')
  expect(shown('file:///etc/passwd')).toBe('file:/etc/passwd')
})
