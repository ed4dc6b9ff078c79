import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { seededRandom } from '../../src/base/random.ts'
import { readAllRows } from '../../src/data/table/table.ts'

const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`

test.each([
  [3, ';'],
  [2, '\t'],
  [1, ','],
])(
  'a CSV file of %d columns by %j is read as it is, of whose rows a megabyte holds a dozen',
  async (width, delimiter) => {
    const random = seededRandom(width)
    const lines = () =>
      Array.from(
        { length: 2200 },
        () => `${['Ann', 'Bo'][random.below(2)]}: "so" he says, ${'on '.repeat(random.below(12))}`,
      )
    const wanted = Array.from({ length: 15 }, (_, row) => [lines().join('\n'), String(row), 'no more'].slice(0, width))
    const folder = mkdtempSync(join(tmpdir(), 'reteach-long-cells-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'long.csv')
    const names = ['text', 'label', 'note'].slice(0, width)
    writeFileSync(file, [names, ...wanted].map((row) => row.map(quoted).join(delimiter)).join('\r\n'))
    const notices: string[] = []
    const rows = await readAllRows({ file }, { onNotice: (sentence) => notices.push(sentence) })
    expect(notices).toEqual([])
    expect(rows).toHaveLength(wanted.length)
    expect(rows.every(({ row }, at) => String(Object.values(row)) === String(wanted[at]))).toBe(true)
  },
)
