import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { expect, it, onTestFinished } from 'vitest'
import { buildProgram } from '../../src/cli/program.ts'
import { readStudy } from '../../src/study/file/read-study.ts'
import { runCli } from '../rig/cli.ts'
import { rooms } from '../rules/rooms.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const read = (name: string) => readFileSync(join(root, name), 'utf8')
const documents = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  'bench/README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
]
const { scripts, files } = JSON.parse(read('package.json')) as { scripts: Record<string, string>; files: string[] }

it.each(documents)('%s names scripts, files and links that exist', (name) => {
  const text = read(name)
  for (const [, script] of text.matchAll(/\bnpm run ([\w:]+)/g)) expect(Object.keys(scripts)).toContain(script)
  for (const [, link] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
    const path = join(dirname(name), link!)
    expect(existsSync(join(root, path)), link).toBe(true)
    expect(
      files.some((file) => path === file || path.startsWith(`${file}/`)),
      `${link}, which is not in the package`,
    ).toBe(true)
  }
  for (const [, path] of text.matchAll(/`((?:[\w.-]+\/)*[\w.-]+\.(?:as\.ts|ts|mjs|yaml))`/g)) {
    if (exampleFiles.includes(path!)) continue
    const places = [
      path!,
      join(dirname(name), path!),
      `src/${path}`,
      ...folders.map((folder) => `src/${folder}/${path}`),
    ]
    expect(
      places.some((place) => existsSync(join(root, place))),
      path,
    ).toBe(true)
  }
})

/** Names of files that the documents speak of without meaning one of ours. */
const exampleFiles = ['study.yaml', 'grad.ts', 'grad.test.ts']
/** A file may be named alone, or within its room, in the section on its folder. */
const folders = Object.keys(rooms).flatMap((room) => [room, room.split('/')[0]!])

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
  const written = Array.from(figures.matchAll(/\bkind: /gu)).length
  expect('faults' in checked ? checked.faults : checked.study.figures!.length).toBe(written)
})

it('README.md lists every command, and no other', async () => {
  const listed = Array.from(read('README.md').matchAll(/^\| `([a-z]+)/gm), ([, name]) => name!)
  expect(listed.toSorted()).toEqual((await commandNames()).toSorted())
})

it('help has an example for every command', () => {
  const commands = buildProgram().commands.filter((command) => command.name() !== 'help')
  expect(commands.length).toBeGreaterThan(20)
  for (const command of commands) {
    const help = helpOf(command)
    expect(help).toMatch(new RegExp(`\\$ .*reteach ${command.name()}`, 'u'))
    expect(help).toContain('--json')
  }
})

it('help and README.md name only files of this package that are there', () => {
  const help = helpOf(buildProgram())
  expect(help).toContain('reteach verify resume study.yaml')
  const named = [help, read('README.md')].flatMap((text) => text.match(ownPath) ?? [])
  expect(named).toContain('examples/real/study.yaml')
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([])
})

const ownPath = /(?<![\w./-])(?:docs|examples|scripts|src|test)\/[\w./-]*\w/gu

/** The help of a command and of all below it. */
function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({
    writeOut(piece) {
      text += piece
    },
  })
  command.outputHelp()
  return text + command.commands.map(helpOf).join('')
}

async function commandNames(): Promise<string[]> {
  const { out } = await runCli(['--help'], { cwd: root })
  const names = Array.from(out.matchAll(/^ {2}([a-z]+) (?:\[|<| {2})/gm), ([, name]) => name!)
  expect(names.length).toBeGreaterThan(8)
  return names.filter((name) => name !== 'help')
}

it("README.md holds programs that compile against the package's types", () => {
  const blocks = Array.from(read('README.md').matchAll(/```ts\n([\s\S]*?)```/g), ([, block]) => block!)
  expect(blocks.length).toBeGreaterThan(0)
  expect(compilerSays(blocks)).toBe('')
  // The types are really looked at: a slip in an option is found.
  const slips = blocks.map((block) => block.replace('learningRate:', 'learningRat:'))
  expect(slips).not.toEqual(blocks)
  expect(compilerSays(slips)).toContain("'learningRat' does not exist")
})

/** What the compiler says of programs in a project that has installed this package. */
function compilerSays(programs: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-readme-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules/reteach'))
  const options = { typeRoots: [join(root, 'node_modules/@types')] }
  const settings = { extends: join(root, 'tsconfig.json'), compilerOptions: options, include: ['*.ts'], exclude: [] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  for (const [index, program] of programs.entries()) writeFileSync(join(folder, `program-${index}.ts`), program)
  const compiler = join(root, 'node_modules/.bin/tsc')
  return spawnSync(compiler, ['-p', folder, '--pretty', 'false'], { encoding: 'utf8' }).stdout
}
