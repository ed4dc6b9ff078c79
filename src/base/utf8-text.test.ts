import { expect, test } from 'vitest'
import { utf8Text } from './utf8-text.ts'

async function read(bytes: Buffer, chunk: number): Promise<string> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk)
  }
  let text = ''
  for await (const piece of utf8Text(chunks(), 'in.txt')) text += piece
  return text
}

test('utf8Text() keeps every character, however the bytes are cut, and drops a byte-order mark', async () => {
  const text = 'é 灯\n🙂 \u{FFFD}\n\u{FEFF}x\r\nlast'
  for (const chunk of [1, 2, 3, 5, 100]) expect(await read(Buffer.from(`\u{FEFF}${text}`), chunk)).toBe(text)
})

test('utf8Text() names the first line that is not UTF-8', async () => {
  const wrong = Buffer.concat([
    Buffer.from('é\n\u{FFFD}\nok\nca'),
    Buffer.of(0xe9),
    Buffer.from('\nb\n'),
    Buffer.of(0xff),
  ])
  for (const chunk of [1, 4, 100]) {
    await expect(read(wrong, chunk)).rejects.toThrow(
      'Cannot read "in.txt" as its line 4 is not UTF-8: save it as UTF-8',
    )
  }
  await expect(read(Buffer.concat([Buffer.from('a\nb'), Buffer.of(0xe9)]), 2)).rejects.toThrow(
    'its line 2 is not UTF-8',
  )
})

test('utf8Text() ends with a line that nobody could hold, before it holds it', async () => {
  const chunk = Buffer.alloc(2 ** 20, 'x')
  let given = 0
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('short\n')
    for (; given < 1000; given++) yield chunk
  }
  const pieces: string[] = []
  const reading = async (): Promise<void> => {
    for await (const piece of utf8Text(endless(), 'in.txt')) pieces.push(piece)
  }
  await expect(reading()).rejects.toThrow(
    'Cannot read "in.txt" as its line 2 is longer than 64 Mi characters: is it the right file and format?',
  )
  expect(pieces).toEqual(['short\n'])
  expect(given).toBeLessThan(200)
})

test('utf8Text() cuts at line feeds alone, whatever chunks a text comes in', async () => {
  const pieces: string[] = []
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (const piece of ['0%\r50%\r', 'first\nsec', 'ond\r\n']) yield Buffer.from(piece)
  }
  for await (const piece of utf8Text(chunks(), 'in.txt')) pieces.push(piece)
  expect(pieces).toEqual(['0%\r50%\rfirst\n', 'second\r\n'])
})
