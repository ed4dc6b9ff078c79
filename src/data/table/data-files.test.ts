import { describe, expect, test } from 'vitest'
import { globPattern, sortDataFiles, tellPassedOver } from './data-files.ts'
import { cardHeader } from './dataset-card.ts'

const sorted = (paths: string[], readme?: string): unknown =>
  Object.fromEntries(
    [...sortDataFiles(paths, cardHeader(readme, 'set'))].map(([config, splits]) => [
      config,
      Object.fromEntries(splits),
    ]),
  )

describe('sortDataFiles()', () => {
  test('takes splits from names of shards, folders and files', () => {
    expect(
      sorted([
        'README.md',
        'data/train-00000-of-00002.parquet',
        'data/train-00001-of-00002.parquet',
        'data/extra.v2-00000-of-00001.parquet',
      ]),
    ).toEqual({
      default: {
        train: ['data/train-00000-of-00002.parquet', 'data/train-00001-of-00002.parquet'],
        'extra.v2': ['data/extra.v2-00000-of-00001.parquet'],
      },
    })
    expect(sorted(['test/a.csv', 'train/b.csv', 'train/a.csv', 'dev/c.csv'])).toEqual({
      default: { train: ['train/a.csv', 'train/b.csv'], validation: ['dev/c.csv'], test: ['test/a.csv'] },
    })
    expect(sorted(['my_train_1.jsonl', 'my_val.jsonl.gz', 'eval2.jsonl', 'contest.jsonl'])).toEqual({
      default: { train: ['my_train_1.jsonl'], validation: ['my_val.jsonl.gz'], test: ['eval2.jsonl'] },
    })
  })

  test('takes files without a split for train, the best format only, and none that are no data', () => {
    expect(
      sorted(['a.csv', 'b.csv', 'notes.txt', 'LICENSE.txt', '.gitattributes', 'dataset_infos.json', 'x.py']),
    ).toEqual({
      default: { train: ['a.csv', 'b.csv'] },
    })
  })

  test('takes the kind that most files are of where none names a split, and a better one of as many', () => {
    const tables = ['state-ca.csv', 'state-ny.csv', 'state-tx.csv']
    expect(sorted([...tables, 'extra.jsonl', 'meta.json', 'more.tsv'])).toEqual({ default: { train: tables } })
    expect(sorted(['reviews.csv', 'notes.txt', 'todo.txt'])).toEqual({ default: { train: ['reviews.csv'] } })
    expect(sorted(['a.csv', 'a.parquet'])).toEqual({ default: { train: ['a.parquet'] } })
    expect(sorted(['a.csv', 'b.csv', 'train.jsonl'])).toEqual({ default: { train: ['train.jsonl'] } })
  })

  test('takes tables whose names begin like those of files that are no data', () => {
    const tables = ['README-reviews.csv', 'config-v2.jsonl', 'license_plates.csv', 'requirements.csv', 'state-ca.csv']
    for (const path of tables) expect(sorted([path])).toEqual({ default: { train: [path] } })
    const others = [
      'state.json',
      'config.json',
      'dataset_info.json',
      'metadata.csv',
      'metadata.csv.gz',
      'requirements.txt',
      'LICENSE-MIT.txt',
    ]
    expect(sorted([...others, 'sub/dataset_dict.json', 'a.json', 'a.txt'])).toEqual({ default: { train: ['a.json'] } })
  })

  test('takes a split from the best format that has it, so that none is lost', () => {
    expect(sorted(['train.csv', 'test.jsonl', 'train.jsonl', 'dev.parquet', 'extra.csv'])).toEqual({
      default: { train: ['train.jsonl'], validation: ['dev.parquet'], test: ['test.jsonl'] },
    })
    expect(sorted(['all.csv', 'all.parquet', 'test.csv'])).toEqual({
      default: { train: ['all.parquet'], test: ['test.csv'] },
    })
  })

  test('tells of tables that no split is read from, unless the README chooses', () => {
    const told = (paths: string[], readme?: string): string[] => {
      const notices: string[] = []
      const header = cardHeader(readme, 'set')
      const files = sortDataFiles(paths, header)
      tellPassedOver('set', paths, header, { files, onNotice: (sentence) => notices.push(sentence) })
      return notices
    }
    expect(told(['train.csv', 'train.jsonl', 'notes.txt'])).toEqual([
      'Passed over train.csv in "set" as its rows are read from other files: name files to choose',
    ])
    expect(told(['train.csv', 'a.csv', 'b.csv', 'c.csv', 'd.csv'])[0]).toContain(
      'Passed over a.csv, b.csv, c.csv, … in',
    )
    expect(told(['train.csv', 'test.jsonl', 'README.md'])).toEqual([])
    expect(told(['train.csv', 'other.csv'], '---\nconfigs:\n- data_files: train.csv\n---\n')).toEqual([])
  })

  test('follows the README', () => {
    const readme = [
      '---',
      'configs:',
      '- config_name: a',
      '  data_files: "a/**/*.csv"',
      '- config_name: b',
      '  data_files:',
      '    train: ["b/{x,y}.csv"]',
      '    test: b/t?.csv',
      '- config_name: c',
      '  data_dir: c',
      '---',
      'text',
    ].join('\n')
    expect(
      sorted(
        ['a/1.csv', 'a/d/2.csv', 'b/x.csv', 'b/y.csv', 'b/z.csv', 'b/t1.csv', 'c/train.csv', 'c/test.csv'],
        readme,
      ),
    ).toEqual({
      a: { train: ['a/1.csv', 'a/d/2.csv'] },
      b: { train: ['b/x.csv', 'b/y.csv'], test: ['b/t1.csv'] },
      c: { train: ['c/train.csv'], test: ['c/test.csv'] },
    })
    expect(() => sorted([], '---\na: [\n---\n')).toThrow('Cannot read the header of README.md of "set" as YAML')
  })
})

test('globPattern() matches as the hub does', () => {
  expect(globPattern('data/*.csv').test('data/a.csv')).toBe(true)
  expect(globPattern('data/*.csv').test('data/x/a.csv')).toBe(false)
  expect(globPattern('**/a.csv').test('a.csv')).toBe(true)
  expect(globPattern('train-[0-9].csv').test('train-3.csv')).toBe(true)
  expect(globPattern('a+(b).csv').test('a+(b).csv')).toBe(true)
  expect(globPattern('[z-a].csv').test('[z-a].csv')).toBe(true)
})
