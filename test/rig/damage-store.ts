import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  type Dirent,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { type Random, seededRandom } from '../../src/base/random.ts'
import { systemCode } from '../../src/base/system-fault.ts'

/** Something that was done to a store. */
export interface Damage {
  readonly what: string
  /** Of the file or folder, from the store's folder on. */
  readonly path: string
}

/** What may befall a file; `false` where it is not a file of that kind. */
const fileDamages = {
  'a flipped bit': (path, random) => {
    const bytes = readFileSync(path)
    if (bytes.length === 0) return false
    const at = random.below(bytes.length)
    bytes[at] = bytes[at]! ^ (1 << random.below(8))
    return overwrite(path, bytes)
  },
  '200 flipped bits, and the times of before': (path, random) => {
    const { atime, mtime } = statSync(path)
    const bytes = readFileSync(path)
    if (bytes.length === 0) return false
    for (let i = 0; i < 200; i++) {
      const at = random.below(bytes.length)
      bytes[at] = bytes[at]! ^ (1 << (i % 8))
    }
    overwrite(path, bytes)
    utimesSync(path, atime, mtime)
    return true
  },
  'another digit': (path, random) => {
    const bytes = readFileSync(path)
    const digits = [...bytes.keys()].filter((at) => bytes[at]! >= 48 && bytes[at]! < 58)
    if (digits.length === 0) return false
    const at = digits[random.below(digits.length)]!
    bytes[at] = 48 + ((bytes[at]! - 48 + 1 + random.below(9)) % 10)
    return overwrite(path, bytes)
  },
  'a cut end': (path, random) => {
    const { size } = statSync(path)
    if (size < 2) return false
    truncateSync(path, 1 + random.below(size - 1))
    return true
  },
  'its last line lost': (path) => {
    const lines = readFileSync(path, 'latin1').split('\n')
    if (lines.length < 3) return false
    return overwrite(path, Buffer.from(`${lines.slice(0, -2).join('\n')}\n`, 'latin1'))
  },
  'nothing in it': (path) => {
    if (statSync(path).size === 0) return false
    truncateSync(path, 0)
    return true
  },
  'something behind it': (path) => {
    appendFileSync(path, '\n')
    return true
  },
  'zeros in its middle': (path) => {
    const bytes = readFileSync(path)
    if (bytes.length < 8) return false
    bytes.fill(0, bytes.length >> 2, (bytes.length >> 2) + Math.max(2, bytes.length >> 2))
    return overwrite(path, bytes)
  },
  'it is gone': (path) => {
    rmSync(path)
    return true
  },
  'a folder in its place': (path) => {
    rmSync(path)
    mkdirSync(path)
    return true
  },
  'a link to nowhere in its place': (path) => {
    rmSync(path)
    symlinkSync(join(dirname(path), 'nowhere'), path)
    return true
  },
  'a link to itself in its place': (path) => {
    rmSync(path)
    symlinkSync(path, path)
    return true
  },
  'a pipe in its place': (path) => {
    rmSync(path)
    execFileSync('mkfifo', [path])
    return true
  },
  'JSON of another type': (path, random) => {
    const text = readFileSync(path, 'utf8')
    const values = ['null', '[]', '{}', '"text"', '-1e308', 'true', '[[[[null]]]]']
    if (isJson(text)) return overwrite(path, Buffer.from(`${values[random.below(values.length)]}\n`))
    const lines = text.split('\n')
    const at = random.below(lines.length)
    if (!isJson(lines[at]!)) return false
    return overwrite(path, Buffer.from(lines.with(at, values[random.below(values.length)]!).join('\n')))
  },
  'a number of a field, another': (path, random) => {
    const text = readFileSync(path, 'latin1')
    const fields = [...text.matchAll(/"[^"]+": ?(-?\d[\d.e+-]*)/gu)]
    if (fields.length === 0) return false
    const { index, 0: field, 1: number } = fields[random.below(fields.length)]!
    const start = index + field.length - number!.length
    return overwrite(
      path,
      Buffer.from(`${text.slice(0, start)}${Number(number) + 1}${text.slice(start + number!.length)}`, 'latin1'),
    )
  },
  'the same file of another step': (path, random) => {
    const others = siblings(path).filter((other) => !readFileSync(other).equals(readFileSync(path)))
    if (others.length === 0) return false
    cpSync(others[random.below(others.length)]!, path)
    return true
  },
} satisfies Record<string, (path: string, random: Random) => boolean>

/** What may befall a step's folder. */
const folderDamages = {
  'version 999': (folder) => editRecord(folder, (record) => ({ ...record, version: 999 })),
  'a foreign key': (folder) => editRecord(folder, (record) => ({ ...record, key: 'f'.repeat(64) })),
  'no hashes any more': (folder) => {
    const { key, finished } = JSON.parse(readFileSync(join(folder, 'done.json'), 'utf8')) as Record<string, unknown>
    return overwrite(join(folder, 'done.json'), Buffer.from(`${JSON.stringify({ key, finished })}\n`))
  },
  'a file too many': (folder) => overwrite(join(folder, 'tokenizer.json'), Buffer.from('{}')),
  'nothing in it': (folder) => {
    rmSync(folder, { recursive: true })
    mkdirSync(folder)
    return true
  },
  'a file in its place': (folder) => {
    rmSync(folder, { recursive: true })
    return overwrite(folder, Buffer.from('{}'))
  },
  'another one in its place, and it in the place of the other': (folder, random) => {
    const others = stepFolders(dirname(dirname(folder))).filter(
      (other) => dirname(other) === dirname(folder) && other !== folder,
    )
    if (others.length === 0) return false
    const other = others[random.below(others.length)]!
    renameSync(folder, `${folder}.x`)
    renameSync(other, folder)
    renameSync(`${folder}.x`, other)
    return true
  },
} satisfies Record<string, (folder: string, random: Random) => boolean>

/** How many different damages there are to a store: kinds of files and of folders by what befalls them. */
export function damageCount(store: string): number {
  return damagesOf(store).length
}

/**
 * Does one of the damages to a store; one that leaves everything as it was – the same file twice, say – is passed over.
 *
 * @param seed which damage, and to which of several files of a kind
 */
export function damageStore(store: string, seed: number): Damage {
  const all = damagesOf(store)
  const random = seededRandom([seed, all.length])
  for (let at = seed; ; at++) {
    const { what, paths, work } = all[at % all.length]!
    const path = paths[random.below(paths.length)]!
    if (work(path, random)) return { what, path: relative(store, path) }
  }
}

function damagesOf(store: string): {
  what: string
  paths: string[]
  work: (path: string, random: Random) => boolean
}[] {
  const files = grouped(filesIn(store), (path) => `${relative(store, path).split('/')[0]} ${kindOfFile(path)}`)
  const folders = grouped(stepFolders(store), (path) => basename(dirname(path)))
  return [
    ...[...files].flatMap(([name, paths]) =>
      Object.entries(fileDamages).map(([what, work]) => ({ what: `${name}: ${what}`, paths, work })),
    ),
    ...[...folders].flatMap(([name, paths]) =>
      Object.entries(folderDamages).map(([what, work]) => ({ what: `${name}: ${what}`, paths, work })),
    ),
  ]
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Names that are made of hashes or numbers are of one kind. */
function kindOfFile(path: string): string {
  return basename(path).replace(/[0-9a-f]{12,}|\d+/gu, '#')
}

function grouped(paths: readonly string[], nameOf: (path: string) => string): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const path of paths) groups.set(nameOf(path), [...(groups.get(nameOf(path)) ?? []), path])
  return groups
}

/** Every file of a store but what was set aside before. */
function filesIn(folder: string): string[] {
  return (
    entriesOf(folder)
      .filter(({ name }) => !name.startsWith('damaged-'))
      // A model's card is written anew, and is none of a step's results.
      .filter(({ name }) => name !== 'README.md')
      .flatMap((entry) => (entry.isDirectory() ? filesIn(join(folder, entry.name)) : [join(folder, entry.name)]))
      .sort()
  )
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

function stepFolders(store: string): string[] {
  return ['prepare', 'teach', 'evaluate', 'prefix-test'].flatMap((kind) =>
    existsSync(join(store, kind))
      ? readdirSync(join(store, kind))
          .filter((name) => /^[0-9a-f]{64}$/u.test(name))
          .sort()
          .map((name) => join(store, kind, name))
      : [],
  )
}

function siblings(path: string): string[] {
  const kind = dirname(dirname(path))
  return readdirSync(kind)
    .sort()
    .map((name) => join(kind, name, basename(path)))
    .filter((other) => other !== path && existsSync(other) && statSync(other).isFile())
}

/**
 * What a store says: the content of every file of its finished steps but the two that tell of the time.
 *
 * @param only paths of the steps that matter; by default all
 * @returns by path from the store's folder on
 */
export function storeContent(store: string, only?: readonly string[]): Record<string, string> {
  const steps = only && new Set(only.map((path) => dirname(path)))
  const kept = filesIn(store).filter((path) => {
    const isFinished = /^(?:prepare|teach|evaluate|prefix-test)\/[0-9a-f]{64}\//u.test(relative(store, path))
    const isAsked = steps === undefined || steps.has(dirname(relative(store, path)))
    return isFinished && isAsked && !/^(?:step|done)\.json$/u.test(basename(path))
  })
  return Object.fromEntries(
    kept.flatMap((path) => {
      const content = contentOf(path)
      return content === undefined ? [] : [[relative(store, path), content]]
    }),
  )
}

/** @returns nothing where somebody has just removed it */
function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function editRecord(folder: string, edit: (record: Record<string, unknown>) => object): boolean {
  const path = join(folder, 'step.json')
  const record = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  return overwrite(path, Buffer.from(`${JSON.stringify(edit(record), null, 2)}\n`))
}

function overwrite(path: string, bytes: Uint8Array): true {
  writeFileSync(path, bytes)
  return true
}
