import { homedir } from 'node:os'
import { expect, test } from 'vitest'
import { fromHome, wordsFromHome } from './paths.ts'

test('fromHome() expands ~ at the beginning only', () => {
  expect(fromHome('~/a/b.csv')).toBe(`${homedir()}/a/b.csv`)
  expect(fromHome('~')).toBe(homedir())
  for (const path of ['a/~/b', '~other/b', './~', '']) expect(fromHome(path)).toBe(path)
})

test('wordsFromHome() expands what shells leave alone', () => {
  const home = homedir()
  expect(wordsFromHome(['run', '~/s.yaml', '--store=~/runs', '--folder', 'data=~/x', '--folder=data=~/x'])).toEqual([
    'run',
    `${home}/s.yaml`,
    `--store=${home}/runs`,
    '--folder',
    `data=${home}/x`,
    `--folder=data=${home}/x`,
  ])
  const others = ['--separator', '~', 'a ~/b', '--prefix=a: ~/', '~x/y']
  expect(wordsFromHome(others)).toEqual(others)
})
