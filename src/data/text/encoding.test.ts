import iconv from 'iconv-lite'
import { describe, expect, test } from 'vitest'
import { decodeBytes, decodeText } from './encoding.ts'

async function decode(bytes: Buffer, chunk = 1 << 16, encoding?: string): Promise<{ text: string; notices: string[] }> {
  const notices: string[] = []
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk)
  }
  const parts: string[] = []
  const onNotice = (told: string): void => void notices.push(told)
  for await (const part of decodeText(chunks(), { file: 'a.csv', encoding, onNotice })) {
    parts.push(part)
  }
  return { text: parts.join(''), notices }
}

describe('decodeText() of UTF-8 with wrong bytes', () => {
  const wrong = [Buffer.of(0xe9), Buffer.of(0xe2, 0x80), Buffer.of(0xff), Buffer.of(0xed, 0xa0), Buffer.of(0xc0, 0xaf)]
  const lines = ['id,text', '1,ξ and 灯', '2,caf\0', '3,naïve 🙂', '4,plain\0 à', '']

  test.each(wrong)('reads the rest and names the lines: %s', async (bytes) => {
    const pieces = lines
      .join('\n')
      .split('\0')
      .map((part) => Buffer.from(part))
    const content = Buffer.concat(pieces.flatMap((piece, i) => (i === 0 ? [piece] : [bytes, piece])))
    const wanted = new TextDecoder().decode(content)
    for (const chunk of [1, 2, 3, 7, 1 << 16]) {
      const { text, notices } = await decode(content, chunk)
      expect(text).toBe(wanted)
      expect(notices).toEqual([
        'Read "a.csv" as utf-8 with \ufffd where lines 3, 5 hold bytes that are none: mend the file, or set encoding if this is wrong',
      ])
    }
  })

  test('also far behind the part by which the encoding is told, and at the very end', async () => {
    const good = 'été\n'.repeat(400_000)
    const { text, notices } = await decode(Buffer.concat([Buffer.from(good), Buffer.from([0xe9, 0x0a, 0xe2])]))
    expect(text.slice(good.length)).toBe('\ufffd\n\ufffd')
    expect(notices).toEqual([expect.stringContaining('where lines 400001, 400002 hold')])
  })

  test('does not take a U+FFFD of the text for a wrong byte', async () => {
    const text = 'ξ \ufffd ξ\n'
    expect(await decode(Buffer.from(text))).toEqual({ text, notices: [] })
  })
})

describe('decodeText() of other encodings', () => {
  test.each([
    ['windows-1252', 'LIBERTÉ» “déjà” – ÉGALITÉ…\nIL A DIT «NON»\n'],
    ['windows-1252', 'Größe, Straße, ÜBUNG\n'],
    ['gb18030', '今天天气很好，我们一起去公园\n'],
    ['gb18030', '单模型\n'],
    ['shift_jis', 'これは日本語の文章です。今日は天気がいいですね。\n'],
    ['euc-kr', '한국어 문장\n'],
    ['gb18030', '好评|差评\n海南\n'],
    ['gb18030', '开发环境,管理\n价格高,饭店好\n经济,法律,国际\n'],
    ['gb18030', '我 们 在 公 园 里 用 GPU训练BERT模型\n'],
    ['big5', '這家餐廳的食物非常好吃，服務也很親切。我們用GPU訓練BERT\n'],
  ])('tells %s, and that it is a guess: %s', async (encoding, text) => {
    const { text: read, notices } = await decode(Buffer.from(iconv.encode(text, encoding)))
    expect(read).toBe(text)
    expect(notices).toEqual([expect.stringMatching(/^Read "a.csv" as [\w-]+ as it is not UTF-8: set encoding/)])
  })

  test.each([
    ['cp866', 'Очень вкусно и приятное обслуживание, вернёмся ещё раз\n'],
    ['windows-874', 'อาหารอร่อยมาก บริการดี\n'],
    ['koi8-r', 'Очень вкусно и приятное обслуживание, вернёмся ещё раз\n'],
    ['windows-1250', 'Příliš žluťoučký kůň úpěl ďábelské ódy. Čtyři sta šťastných koťat.\n'],
    ['cp437', 'Das Essen war schön und größer über Maß\n'],
  ])('refuses %s, which is told by nothing: %s', async (encoding, text) => {
    await expect(decode(Buffer.from(iconv.encode(text.repeat(20), encoding)))).rejects.toThrow(
      'Cannot tell the encoding of "a.csv" from its bytes',
    )
  })

  test('reads a Latin text with a stray byte that no letter has', async () => {
    const text = `${'Le café était très bon\n'.repeat(20)}\u0081\n`
    expect((await decode(Buffer.from(text, 'latin1'))).text).toBe(text)
  })

  test.each(['windows-1250', 'iso-8859-2'])('does not take Polish in %s for Chinese', async (encoding) => {
    const text = (line: string): Buffer => Buffer.from(iconv.encode(line.repeat(20), encoding))
    await expect(decode(text('Jedzenie było świetne obsługa miła żółć\n'))).rejects.toThrow('Cannot tell the encoding')
    const { text: read, notices } = await decode(text('Jedzenie było świetne\n'))
    expect(read).not.toMatch(/\p{Script=Han}/u)
    expect(notices).toEqual([expect.stringContaining('as it is not UTF-8: set encoding if this is wrong')])
  })
})

describe('decodeText() of a few characters in a few letters', () => {
  const odd = (...parts: (string | number)[]): Buffer =>
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.of(part))))

  test('takes wrong bytes that no word holds for damage', async () => {
    const { text, notices } = await decode(
      odd('1,ξ ok\n2,', 0xff, 'bad\n3,', 0xe4, 0xb8, '\n4,', 0xfe, '\n5,caf', 0xe9, '\n'),
    )
    expect(text).toBe('1,ξ ok\n2,\ufffdbad\n3,\ufffd\n4,\ufffd\n5,caf\ufffd\n')
    expect(notices).toEqual([expect.stringContaining('lines 2, 3, 4, 5 hold bytes that are none')])
  })

  test('tells of a Western text in which some would be UTF-8', async () => {
    const { text, notices } = await decode(odd('1,caf', 0xe9, '\n2,na', 0xef, 've\n3,gar', 0xe7, 'on\n4,ξ\n'))
    expect(text).toBe('1,café\n2,naïve\n3,garçon\n4,Î¾\n')
    expect(notices).toEqual([
      expect.stringMatching(/^Read "a.csv" as latin-1 as some of its bytes above 127 are UTF-8 and more/),
    ])
  })
})

describe('decodeText() of a text with a stray zero byte', () => {
  test.each([
    ['utf-8', 'a,b\n1,x\0y\n2,z\n'],
    ['utf-8', 'first\nsec\0ond\nthird\n'],
    ['utf-8', 'α,β\n1,x\0ξ\n'],
    ['windows-1252', 'café, crème\ndéjà\0 vu, été\nà la carte\n'],
    ['utf-8', 'ab\0\n'],
    ['utf-8', 'a\0b\n'],
    ['utf-8', 'a\0\n'],
  ])('reads %s as it is: %j', async (encoding, text) => {
    expect((await decode(Buffer.from(iconv.encode(text, encoding)))).text).toBe(text)
  })

  test.each(['utf-16le', 'utf-16be'])('still tells %s without a mark, however short', async (encoding) => {
    for (const text of ['a,b\n1,2\n', '编号,文字\n1,最好的一天\n2,第一\n']) {
      expect((await decode(Buffer.from(iconv.encode(text, encoding, { addBOM: false })))).text).toBe(text)
    }
  })
})

test.each(['utf-16le', 'utf-16be'])(
  'a mark says in which order the bytes of a file told as utf-16 are: %s',
  async (order) => {
    const text = '一二三\n四五六\n'
    const bytes = Buffer.from(iconv.encode(text, order, { addBOM: true }))
    expect((await decode(bytes, 3, 'utf-16')).text).toBe(text)
    expect(decodeBytes(bytes, { file: 'a.csv', encoding: 'UTF-16', onNotice: () => {} })).toBe(text)
  },
)
