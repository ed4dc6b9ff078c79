import iconv from 'iconv-lite'
import { describe, expect, test } from 'vitest'
import { type Random, seededRandom } from '../../../base/random.ts'
import type { LocatedRow } from '../../source/row.ts'
import { decodeText } from '../../text/encoding.ts'
import { readCsv } from './csv.ts'

interface Read {
  rows: LocatedRow[]
  notices: string[]
}

/** Reads bytes that come in chunks of the given size. */
async function read(
  bytes: Buffer,
  options: Partial<Parameters<typeof readCsv>[1]> = {},
  chunk = 1 << 16,
): Promise<Read> {
  const notices: string[] = []
  const onNotice = (sentence: string): void => void notices.push(sentence)
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk)
  }
  const text = decodeText(chunks(), { file: 'a.csv', onNotice })
  const rows: LocatedRow[] = []
  for await (const batch of readCsv(text, { file: 'a.csv', tabs: false, onNotice, ...options })) rows.push(...batch)
  return { rows, notices }
}

const readText = async (text: string, options: Parameters<typeof read>[1] = {}): Promise<Read> =>
  read(Buffer.from(text), options)
const cells = ({ rows }: Read): unknown[][] => rows.map(({ row }) => Object.values(row))

describe('readCsv()', () => {
  test('tells when quotes that do not pair are taken for ordinary characters', async () => {
    const open = await readText('id,text\n1,"x"\n2,"y\n3,z\n')
    expect(cells(open)).toEqual([
      ['1', '"x"'],
      ['2', '"y'],
      ['3', 'z'],
    ])
    const told = (why: string): string[] => [
      `Took quotes in "a.csv" for ordinary characters, as ${why}: mend it, or set quote: "" if they are`,
    ]
    expect(open.notices).toEqual(told('one never closes'))
    expect((await readText('id,text\n1,x\n2,"a" b\n')).notices).toEqual(told('there is text beside one on line 3'))
    for (const options of [{ quote: '' }, { tabs: true }]) {
      expect((await readText('id\ttext\n1\tx\n2\t"a" b\n', { delimiter: '\t', ...options })).notices).toEqual([])
    }
  })

  /** Lines as of a dialogue or a report, with quotes in it. */
  const long = (random: Random, lines: number): string =>
    Array.from(
      { length: lines },
      () => `${['Ann', 'Bo'][random.below(2)]}: "so" he says, ${'on '.repeat(random.below(12))}`,
    ).join('\n')
  const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`

  test.each([['4 KB, by commas', 40, 110, 3, ',']])(
    'reads cells of many lines, %s, whatever the first 64 KB or 1 MB end in',
    async (_, count, lines, width, delimiter) => {
      const random = seededRandom(count)
      const wanted = Array.from({ length: count }, (_, row) =>
        [long(random, lines), String(row), 'no more'].slice(0, width),
      )
      const names = ['text', 'label', 'note'].slice(0, width)
      const text = [names, ...wanted].map((row) => row.map(quoted).join(delimiter)).join('\r\n')
      const found = await readText(text)
      expect(found.notices).toEqual([])
      expect(found.rows).toHaveLength(count)
      expect(cells(found).every((row, at) => String(row) === String(wanted[at]))).toBe(true)
    },
  )

  test('takes no quote that swallows a long rest for one of a long cell', async () => {
    const lines = Array.from(
      { length: 25_000 },
      (_, row) => `${row},${row === 5 ? '"' : ''}so he says and goes on and on`,
    )
    const found = await readText(`id,text\n${lines.join('\n')}\n`)
    expect(found.rows).toHaveLength(25_000)
    expect(found.notices.join()).toContain('as one never closes')
  })

  test.each(['text,label\n"hello, a, b, world,1\n"x,y,z,v,2\n"a,b,c,d,e,3\n', 'a;b\n1;2;3\n4\n5;6;7;8\n9;1;2\n'])(
    'names the damaged row of %j, and does not take it for one column',
    async (text) => {
      await expect(readText(text)).rejects.toThrow(
        /Cannot read row 1 of "a.csv" \(line 2\) as it has \d cells where there are 2/,
      )
    },
  )

  test('reads sentences with commas as one column', async () => {
    expect(cells(await readText('sentence\nwell, yes\nno, I, he\nso\n'))).toEqual([
      ['well, yes'],
      ['no, I, he'],
      ['so'],
    ])
  })

  const english = 'the quick brown fox jumps over a lazy dog while seven wizards hex'.split(' ')
  const french = 'été naïve façade garçon crème brûlée forêt événement déjà Noël hôtel'.split(' ')
  const chinese = [
    ...'今天天气很好我们一起去公园玩的了是在不有这个人中大来上为和国说们到时要就出会可也你对生能而子那得于',
  ]
  const scripts = {
    'utf-8': [...english, ...french, ...chinese],
    'utf-16le': [...english, ...chinese],
    'utf-16be': [...english, ...french],
    'latin-1': [...english, ...french],
    'windows-1252': [...english, ...french, '“so”', '–', '€5'],
    gb18030: chinese,
  }

  const cell = (words: readonly string[], random: Random): string => {
    const spaced = Array.from({ length: 1 + random.below(12) }, () => words[random.below(words.length)]).join(' ')
    const odd = ['', '', '', '', '', ', "so"', '\nmore', '\r\nmore', '\t', ';', '"']
    return spaced + odd[random.below(odd.length)]!
  }

  test.each(Object.entries(scripts))(
    'finds out how a file in %s is written, whatever its dialect',
    async (encoding, words) => {
      const random = seededRandom(encoding.length)
      for (let file = 0; file < 20; file++) {
        const delimiter = [',', ';', '\t', '|'][random.below(4)]!
        const end = ['\n', '\r\n', '\r'][random.below(3)]!
        const always = random.below(2) === 0
        const quoted = (text: string): string =>
          always || /[\r\n"]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text
        const table = Array.from({ length: [3, 40, 200][random.below(3)]! }, (_, i) => [
          String(i),
          cell(words, random),
          random.below(5) === 0 ? '' : cell(words, random),
        ])
        const text = [['id', 'text', 'other'], ...table].map((row) => row.map(quoted).join(delimiter) + end).join('')
        const bytes = iconv.encode(text, encoding, { addBOM: random.below(2) === 0 && encoding.startsWith('utf') })
        const result = await read(bytes, {}, 1 + random.below(5000))
        expect(cells(result), JSON.stringify({ encoding, delimiter, end, always, file })).toEqual(table)
      }
    },
  )

  test('keeps characters whole that chunks cut, behind the part by which the encoding is told', async () => {
    const texts = Array.from({ length: 60_000 }, (_, i) => `第${i}盏灯 🙂 é`)
    const { rows } = await read(Buffer.from(`text\n${texts.join('\n')}\n`), {}, 997)
    expect(rows.map(({ row }) => row.text)).toEqual(texts)
  })

  test.each(['utf-16le', 'utf-16be'])(
    'tells %s without a mark, whatever Chinese letters it holds',
    async (encoding) => {
      // U+4E00 and U+6700 have a zero byte where Latin letters have none.
      const lines = Array.from({ length: 50 }, (_, i) => `第一${i},最好的一天\n`)
      const { rows } = await read(iconv.encode(`编号,文字\n${lines.join('')}`, encoding, { addBOM: false }))
      expect(rows).toHaveLength(50)
      expect(rows[7]!.row).toEqual({ 编号: '第一7', 文字: '最好的一天' })
    },
  )

  test('counts lines where cells have breaks, blank lines and CRLF', async () => {
    const { rows } = await readText('a,b\r\n1,"x\r\ny"\r\n\r\n\r\n2,z\r\n3,"\r\n"\r\n4,\r\n')
    expect(rows.map(({ place }) => [place.row, place.line])).toEqual([
      [1, 2],
      [2, 6],
      [3, 7],
      [4, 9],
    ])
  })

  test('refuses an empty delimiter', async () => {
    await expect(readText('a,b\n1,2\n', { delimiter: '' })).rejects.toThrow(
      'Cannot read "a.csv" with an empty delimiter: leave it out to have it found',
    )
  })

  test('takes the name of a delimiter', async () => {
    for (const [name, character] of [
      ['tab', '\t'],
      ['\\t', '\t'],
      ['semicolon', ';'],
      ['Pipe', '|'],
    ] as const) {
      expect(cells(await readText(`a${character}b, c\n1${character}2, 3\n`, { delimiter: name }))).toEqual([
        ['1', '2, 3'],
      ])
    }
  })

  test('takes quotes for ordinary characters where they do not quote', async () => {
    const lines = '"Look," she said.\t看啊！\n'.repeat(30)
    expect(cells(await readText(`en\tzh\n${lines}`, { tabs: true }))[0]).toEqual(['"Look," she said.', '看啊！'])
    expect(cells(await readText('a,b\n1,"x\n2,"y\n', { quote: '' }))).toEqual([
      ['1', '"x'],
      ['2', '"y'],
    ])
  })

  test('keeps a quote within a cell that none begins, and takes off those round the others', async () => {
    const { rows, notices } = await readText('id,text\n1,"good, cheap"\n2,a 5" screen\n3,"12"" vinyl"\n4,"fine"\n')
    expect(rows.map(({ row }) => row.text)).toEqual(['good, cheap', 'a 5" screen', '12" vinyl', 'fine'])
    expect(notices).toEqual([])
    // Quotes that are letters of sentences are none round cells.
    const spoken = 'en\tde\nHe said "no".\tEr sagte "nein".\n"Go," she said.\t"Geh", sagte sie.\n'
    expect(cells(await readText(spoken, { tabs: true }))[1]).toEqual(['"Go," she said.', '"Geh", sagte sie.'])
  })

  test('swallows no rows where quotes are letters, and says so where one may', async () => {
    const many = 'He said "no" to me.\tEr sagte "nein".\n'.repeat(40_000)
    const odd = '"Go, he said.\t"Geh.\nHe knows," she said.\tEr weiß," sagte sie.\n'
    const read = await readText(`en\tde\n${many}${odd}`, { tabs: true })
    expect(read.rows).toHaveLength(40_002)
    expect(read.rows.at(-2)!.row).toEqual({ en: '"Go, he said.', de: '"Geh.' })
    const quoted = '1,"good, cheap"\n2,a 5" screen\n'.repeat(40_000)
    await expect(readText(`id,text\n${quoted}3,"open\n4,shut" said\n5,x\n`)).rejects.toThrow(
      'Cannot read "a.csv" as the row on line 80002 has text after a closing quote',
    )
  })

  test('reads quotes that are escaped by backslashes', async () => {
    const lines = '1,"he said \\"no, never\\" again"\n'.repeat(20)
    expect(cells(await readText(`a,b\n${lines}`))[0]).toEqual(['1', 'he said "no, never" again'])
  })

  test('takes a row of another width for damage, and not the whole for a table of one column', async () => {
    await expect(readText('a,b\n1,2\n3\n')).rejects.toThrow('Cannot read row 2 of "a.csv" (line 3) as it has 1 cells')
    await expect(readText('a;b;c\n1;2\n3;4;5\n')).rejects.toThrow('Cannot read row 1 of "a.csv" (line 2)')
    expect((await readText('text\nhello, you\nand, well, you\n')).rows.map(({ row }) => row)).toEqual([
      { text: 'hello, you' },
      { text: 'and, well, you' },
    ])
    expect(cells(await readText('Hello, you.\nHow nice!\nThis, too, is fine.\n'))).toHaveLength(3)
  })

  test('reads quoted cells behind a space', async () => {
    expect((await readText('a, b, c\n1, "x, y", 3\n2, z, 4\n')).rows.map(({ row }) => row)).toEqual([
      { a: '1', b: 'x, y', c: '3' },
      { a: '2', b: 'z', c: '4' },
    ])
    expect(cells(await readText('a,b\n1, x\n2, y\n'))).toEqual([
      ['1', ' x'],
      ['2', ' y'],
    ])
  })

  test('follows a first line that tells a spreadsheet the delimiter', async () => {
    const { rows } = await readText('sep=|\r\na|b,c\r\n1|2,5\r\n')
    expect(rows).toEqual([{ row: { a: '1', 'b,c': '2,5' }, place: { file: 'a.csv', row: 1, line: 3 } }])
  })

  test.each([
    ['Nr.;Text\n1;Das Essen war gut.\n', { 'Nr.': '1', Text: 'Das Essen war gut.' }],
    ['lfd. Nr.;Text;Kat.\n1;Gut;a\n', { 'lfd. Nr.': '1', Text: 'Gut', 'Kat.': 'a' }],
    ['food,The food was good.\nfood,It was not.\n', { column1: 'food', column2: 'The food was good.' }],
    ['Hi.,Salut\nGo.,Va !\n', { column1: 'Hi.', column2: 'Salut' }],
  ])('takes the first row of %j for what it is: what stands above a number is a name', async (text, first) => {
    expect((await readText(text)).rows[0]!.row).toEqual(first)
  })

  test('tells names from data in the first row', async () => {
    const named = await readText('Hi.\t嗨。\nGo now!\t去吧！\n', { tabs: true })
    expect(named.rows.map(({ row }) => row)).toEqual([
      { column1: 'Hi.', column2: '嗨。' },
      { column1: 'Go now!', column2: '去吧！' },
    ])
    expect(named.notices).toEqual([expect.stringContaining('Took the first row of "a.csv" for data')])
    expect(cells(await readText('0,x\n1,y\n'))).toHaveLength(2)
    expect(cells(await readText('country,2019,2020\nFR,1,2\n'))).toHaveLength(1)
    expect(cells(await readText('Time,How do you like it?\n1,x\n'))).toHaveLength(1)
    expect((await readText('0,x\n1,y\n', { header: true })).rows[0]!.row).toEqual({ '0': '1', x: 'y' })
    expect((await readText('a,b\n1,2\n', { header: false })).rows).toHaveLength(2)
  })

  test.each([',', ';', '|'])(
    'reads quoted cells with line breaks and as many "%s" on each line as there are columns',
    async (d) => {
      const cell = `"Good food${d} slow service\nWould come again"`
      const plain = Array.from({ length: 300 }, (_, i) => `fine place ${i}${d}neg\n`).join('')
      const some = await readText(`review${d}label\n${plain}${cell}${d}pos\n`)
      expect(some.rows).toHaveLength(301)
      expect(some.rows.at(-1)!.row).toEqual({ review: cell.slice(1, -1), label: 'pos' })
      // Its author alone knows whether quotes are letters.
      expect(some.notices).toEqual([
        expect.stringContaining('over several lines, by their quotes, though each line looks'),
      ])
      const all = await readText(`"review"${d}"label"\n${`${cell}${d}"pos"\n`.repeat(50)}`)
      expect(all.rows.map(({ row }) => row)).toEqual(Array(50).fill(some.rows.at(-1)!.row))
      const { rows, notices } = await readText('text\n"first\nline"\nsecond\n"third"\n')
      expect([rows.length, notices]).toEqual([3, []])
      // One row of a hundred lines, of which all but one look like rows.
      const long = await readText(`review${d}label\n"${`a${d} b\n`.repeat(100)}"${d}pos\n`)
      expect(long.rows).toHaveLength(1)
    },
  )

  test('takes sentences with quotes some lines apart for rows of their own, where tabs are between cells', async () => {
    const text = `${'One.\tEins.\n'.repeat(5)}"Two.\tZwei.\nThree."\tDrei.\n`
    expect((await readText(text, { tabs: true })).rows).toHaveLength(7)
  })

  test('takes numbers that come again below for data, and years, counts and those that ascend for names', async () => {
    expect((await readText('good,1\nbad,0\nfine,1\n')).rows).toHaveLength(3)
    expect((await readText('good,1,0\nbad,0,1\nfine,1,0\n')).rows).toHaveLength(3)
    expect((await readText('label,0\nCost,12\nFood,3\n')).rows).toHaveLength(2)
    expect((await readText('name,2019,2018\nFR,1,2\nDE,2,1\n')).rows).toHaveLength(2)
    expect((await readText('text,0,1\nbad,0,1\ngood,1,0\n')).rows).toHaveLength(2)
    expect((await readText('text,1\nbad,x\nbad,1\n')).rows).toHaveLength(2)
  })

  test('names columns as told', async () => {
    const options = { columns: ['en', 'zh'] }
    expect((await readText('a,b\n', options)).rows[0]!.row).toEqual({ en: 'a', zh: 'b' })
    expect((await readText('a,b\nc,d\n', { ...options, header: true })).rows.map(({ row }) => row)).toEqual([
      { en: 'c', zh: 'd' },
    ])
  })

  test('makes names unique, and keeps one that objects have a meaning for', async () => {
    const { rows, notices } = await readText('a,a,,__proto__\n1,2,3,4\n')
    expect(Object.entries(rows[0]!.row)).toEqual([
      ['a', '1'],
      ['a_2', '2'],
      ['column3', '3'],
      ['__proto__', '4'],
    ])
    expect(notices).toHaveLength(2)
  })

  test('names thousands of columns alike without telling of each', async () => {
    const { rows, notices } = await readText(`${'a,'.repeat(20_000)}a\n${'1,'.repeat(20_000)}1\n`)
    expect(Object.keys(rows[0]!.row).at(-1)).toBe('a_20001')
    expect(notices).toHaveLength(5)
    expect(notices.at(-1)).toMatch(/^Named 19996 more columns of ".*" likewise$/u)
  })

  test('reads a single column', async () => {
    expect(cells(await readText('text\nhello\n"a\nb"\n'))).toEqual([['hello'], ['a\nb']])
  })
})
