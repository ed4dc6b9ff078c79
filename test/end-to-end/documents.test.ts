import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { readStudy } from '../../src/study/file/read-study.ts'
import { runCli } from '../rig/cli.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const read = (name: string) => readFileSync(join(root, name), 'utf8')
const documents = [
  'README.md',
  'docs/CONCLUSIONS.md',
  'docs/FIGURES.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
]
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }

it.each(documents)('%s names scripts, files and links that exist', (name) => {
  const text = read(name)
  for (const [, script] of text.matchAll(/\bnpm run ([\w:]+)/g)) expect(Object.keys(scripts)).toContain(script)
  for (const [, link] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
    expect(existsSync(join(root, link!)), link).toBe(true)
  }
  for (const [, path] of text.matchAll(/`((?:[\w.-]+\/)*[\w.-]+\.(?:as\.ts|ts|mjs|yaml))`/g)) {
    if (exampleFiles.includes(path!)) continue
    const places = [path!, `src/${path}`, ...folders.map((folder) => `src/${folder}/${path}`)]
    expect(
      places.some((place) => existsSync(join(root, place))),
      path,
    ).toBe(true)
  }
})

/** Names of files that the documents speak of without meaning one of ours. */
const exampleFiles = ['study.yaml', 'grad.ts', 'grad.test.ts']
/** A file may be named alone in the section on its folder. */
const folders = ['base', 'cli', 'data', 'engine', 'graph', 'metrics', 'model', 'report', 'study', 'tokenizer', 'train']

it('README.md holds a study without faults', () => {
  const blocks = Array.from(read('README.md').matchAll(/```yaml\n([\s\S]*?)```/g), ([, block]) => block!)
  expect(blocks).toHaveLength(1)
  const checked = readStudy(blocks[0]!, 'study.yaml')
  expect('faults' in checked ? checked.faults : []).toEqual([])
})

it('docs/FIGURES.md holds figures without faults', () => {
  const figures = /```yaml\n([\s\S]*?)```/u.exec(read('docs/FIGURES.md'))![1]!
  const study = read('examples/paper.yaml').replace(/^figures:[\s\S]*/mu, figures)
  const checked = readStudy(study, 'study.yaml')
  expect('faults' in checked ? checked.faults : checked.study.figures!.length).toBe(4)
})

it('README.md lists every command, and no other', async () => {
  const { out } = await runCli(['--help'], { cwd: root })
  const commands = Array.from(out.matchAll(/^ {2}([a-z]+) (?:\[|<| {2})/gm), ([, name]) => name!)
  expect(commands.length).toBeGreaterThan(8)
  const listed = Array.from(read('README.md').matchAll(/^\| `([a-z]+)/gm), ([, name]) => name!)
  expect(listed.toSorted()).toEqual(commands.filter((name) => name !== 'help').toSorted())
})
