import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { FakeHub } from '../../../test/rig/fake-hub.ts'
import { runCommand } from '../../../test/rig/run-command.ts'
import { addRowsCommand } from './rows.ts'

const fixtures = join(import.meta.dirname, '../../../test/fixtures/data')
const fixture = (name: string): string => join(fixtures, name)
const rows = (...args: string[]) => runCommand(addRowsCommand, ['rows', ...args])
const rowsJson = async (...args: string[]): Promise<Record<string, unknown>[]> =>
  (await rows(...args, '--json')).out
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
const expected = JSON.parse(readFileSync(fixture('expected.json'), 'utf8')) as Record<string, unknown>[]

describe('reteach rows', () => {
  test('prints JSONL with the types of the format', async () => {
    for (const name of ['zstd.parquet', 'rows.jsonl.gz', 'stream.arrow']) {
      expect(await rowsJson(fixture(name)), name).toEqual(expected)
    }
  })

  test('filters in every spelling, and takes', async () => {
    const file = fixture('rows.jsonl')
    const wanted = (test: (row: Record<string, unknown>) => boolean) => expected.filter(test)
    const has = (label: string) => (row: Record<string, unknown>) => (row.labels as string[]).includes(label)
    expect(await rowsJson(file, '--where', 'labels contains BadFood')).toEqual(wanted(has('BadFood')))
    expect(await rowsJson(file, '--where', 'labels not contains BadFood')).toEqual(
      wanted((row) => !has('BadFood')(row)),
    )
    expect(await rowsJson(file, '--where', 'en longer 60', '--where', 'en matches ^The ')).toEqual(
      wanted(({ en }) => String(en).length > 60 && String(en).startsWith('The ')),
    )
    expect(await rowsJson(file, '--where', 'id = 7')).toEqual([expected[7]])
    expect(await rowsJson(file, '--where', 'id != 0', '--take', '2')).toEqual(expected.slice(1, 3))
    expect(await rowsJson(file, '--where', '{ id: [3, 5], note: { not: null } }')).toEqual([expected[3], expected[5]])
    expect(await rowsJson(file, '--distinct', 'note')).toHaveLength(new Set(expected.map(({ note }) => note)).size)
  })

  test('reads as told', async () => {
    expect(
      await rowsJson(fixture('semicolon.csv'), '--delimiter', ';', '--encoding', 'utf-8', '--take', '1'),
    ).toHaveLength(1)
    expect(await rowsJson(fixture('csv-in.zip'), '--entry', 'README.txt', '--format', 'text')).toEqual([
      { text: expect.any(String) },
    ])
    expect(await rowsJson(fixture('nested-data.json'), '--at', 'data', '--take', '1')).toEqual([expected[0]])
    expect(
      await rowsJson(
        fixture('tabs.tsv'),
        '--no-header',
        '--columns',
        'a,b,c,d,e,f',
        '--delimiter',
        '\\t',
        '--take',
        '1',
      ),
    ).toEqual([{ a: 'id', b: 'en', c: 'zh', d: 'score', e: 'labels', f: 'note' }])
    expect((await rowsJson(fixture('parallel.en'), fixture('parallel.zh')))[0]).toEqual({
      en: expected[0]!.en,
      zh: expected[0]!.zh,
    })
    expect(await rowsJson(fixture('rows.jsonl'), fixture('rows.json'))).toEqual([...expected, ...expected])
    expect(new Set((await rowsJson(fixture('alt'), '--split', 'test')).map(({ split }) => split))).toEqual(
      new Set(['test']),
    )
  })

  test('reads a data set on the hub as the environment says', async () => {
    const hub = new FakeHub()
    await hub.start()
    const home = mkdtempSync(join(tmpdir(), 'reteach-home-'))
    hub.repos.set('datasets/owner/pairs', {
      files: {
        'train.jsonl': { content: readFileSync(fixture('rows.jsonl')) },
        'test.parquet': { content: Buffer.from('no Parquet') },
      },
      branches: { v2: { 'test.parquet': { content: readFileSync(fixture('zstd.parquet')), large: true } } },
    })
    vi.stubEnv('HF_ENDPOINT', hub.endpoint)
    vi.stubEnv('HF_HOME', home)
    vi.stubEnv('HF_HUB_CACHE', '')
    try {
      const args = ['--hub', 'owner/pairs', '--revision', 'v2', '--split', 'test', '--where', 'id = 7', '--json']
      expect(JSON.parse((await rows(...args)).out)).toEqual(expected[7])
      expect(existsSync(join(home, 'hub', 'datasets--owner--pairs', 'refs', 'v2'))).toBe(true)
      vi.stubEnv('HF_HUB_OFFLINE', '1')
      await hub.stop()
      expect(JSON.parse((await rows(...args)).out)).toEqual(expected[7])
    } finally {
      vi.unstubAllEnvs()
      rmSync(home, { recursive: true })
    }
  })

  test('names classes of a data set on the hub as its card says', async () => {
    const hub = new FakeHub()
    await hub.start()
    const home = mkdtempSync(join(tmpdir(), 'reteach-home-'))
    const card = readFileSync(join(import.meta.dirname, '../../../test/fixtures/people/class-label/card/README.md'))
    const content = readFileSync(
      join(import.meta.dirname, '../../../test/fixtures/people/class-label/card/train.jsonl'),
    )
    hub.repos.set('datasets/owner/topics', { files: { 'README.md': { content: card }, 'train.jsonl': { content } } })
    vi.stubEnv('HF_ENDPOINT', hub.endpoint)
    vi.stubEnv('HF_HOME', home)
    vi.stubEnv('HF_HUB_CACHE', '')
    try {
      const { out } = await rows('--hub', 'owner/topics', '--take', '3', '--json')
      expect(JSON.parse(out.trim().split('\n')[2]!)).toMatchObject({ topic: 'Slow Page', more: { tag: 'B' } })
    } finally {
      vi.unstubAllEnvs()
      await hub.stop()
      rmSync(home, { recursive: true })
    }
  })

  test('shows ten rows to people, one value a line', async () => {
    const { out, err } = await rows(fixture('utf8.csv'))
    expect(out.match(/^row \d+ \(line \d+\)$/gm)).toHaveLength(10)
    expect(out).toContain('row 2 (line 3)\n  id      1\n  en      The river builds')
    expect(out).toContain('  note    multi line\n')
    expect(err).toBe('')
  })

  test('says once what is odd', async () => {
    const { err } = await rows(fixture('alt'), '--json')
    expect(err).toMatch(/^Note: Left out 1 of 60 sentences of ".*" without a partner \(1 in zh\)\n$/)
  })

  test.each([
    [['--where', 'id longr 3'], 'Cannot read --where "id longr 3": write "COLUMN contains TEXT"'],
    [['--where', '{ id: { longr: 3 } }'], 'id: longr: Unknown test "longr": did you mean "longer"?'],
    [['--where', '{ id: '], 'as a filter'],
    [['--where', 'id longer x'], 'Expected a number'],
    [['--where', 'id = 1', '--where', 'id = 2'], 'Cannot test column "id" with equals twice'],
    [['--where', 'idd = 1'], 'did you mean "id"?'],
    [['--hub', 'owner/name'], 'name files, or a data set on the hub'],
  ])('refuses %j', async (args, sentence) => {
    await expect(rows(fixture('rows.jsonl'), ...args)).rejects.toThrow(sentence)
  })

  test('refuses a number of rows that is none', async () => {
    await expect(rows(fixture('rows.jsonl'), '--take', '0')).rejects.toThrow('Wanted a whole number of at least 1')
  })
})
