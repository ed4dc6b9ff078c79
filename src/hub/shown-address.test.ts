import { expect, test } from 'vitest'
import { withoutSignatures } from './shown-address.ts'

test('withoutSignatures() cuts what follows the paths of addresses, and leaves the sentence round them', () => {
  const cut = (text: string) => withoutSignatures(text)
  expect(cut('at https://a.b/c?sig=x&e=1, then')).toBe('at https://a.b/c, then')
  expect(cut('(see HTTPS://a.b/c?sig=x). No more')).toBe('(see HTTPS://a.b/c). No more')
  expect(cut('"http://a.b/c#part?sig=x"')).toBe('"http://a.b/c"')
  expect(cut('https://a.b/c?sig=x,y;z and http://d/e?f')).toBe('https://a.b/c and http://d/e')
  expect(cut('is it https://a.b/c?')).toBe('is it https://a.b/c')
  expect(cut('nothing? No. https://a.b/c')).toBe('nothing? No. https://a.b/c')
})
