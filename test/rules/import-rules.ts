import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, sep } from 'node:path'
import { rooms } from './rooms.ts'

/** Rooms whose results depend on their arguments alone, with all that lie below them. */
const pure = ['graph', 'tokenizer', 'tasks', 'metrics', 'lesson']
/** model/ reads and writes files, but needs no clock. */
const withoutClock = [...pure, 'model']
const clockOrSettings = /\b(?:Date\.now|performance\.now)\b|\bnew Date\(\s*\)|\bprocess\s*[.[]/
/** Every random number has a seed. */
const chance = /\bMath\.random\b/
/** Entries of child processes: they print nothing, but end their own process. */
const childEntries = ['src/train/child-main.ts']
const terminal = /\bprocess\.(?:argv|exit|stdout|stderr|stdin)\b|\bconsole\./
/** Node modules without files, clock, network or processes. */
const harmlessModules = ['node:buffer', 'node:path', 'node:util']

/**
 * Checks src/ below a root, tests left out: directions between rooms, purity, who uses onnxruntime and the terminal,
 * and import cycles between files.
 *
 * @returns one sentence a fault, each naming the file
 */
export function importFaults(root: string): string[] {
  const faults: string[] = []
  const runtimeImports = new Map<string, string[]>()
  for (const file of sourceFiles(root)) {
    const code = withoutComments(readFileSync(join(root, file), 'utf8'))
    const room = roomOf(file)
    const say = (sentence: string) => faults.push(`${file} ${sentence}`)
    if (room !== undefined && !Object.hasOwn(rooms, room)) {
      say(`lies in a room without a place in the import directions: add "${room}" to test/rules/rooms.ts`)
      continue
    }
    runtimeImports.set(file, [])
    for (const { specifier, typeOnly } of importsOf(code)) {
      if (!specifier.startsWith('.')) {
        if (isOrBelow(specifier, 'onnxruntime-node') && !liesIn(room, ['engine'])) {
          say('imports onnxruntime-node: only src/engine may')
        }
        if (specifier.startsWith('node:') && liesIn(room, pure) && !harmlessModules.includes(specifier)) {
          say(`imports ${specifier}: src/${room} is pure`)
        }
        continue
      }
      const target = normalize(join(dirname(file), specifier))
        .split(sep)
        .join('/')
      if (!typeOnly) runtimeImports.get(file)!.push(target)
      if (!target.startsWith('src/')) {
        say(`imports ${target}, which lies outside src`)
        continue
      }
      const targetRoom = roomOf(target)
      if (room === undefined || targetRoom === room) continue
      const allowed = room === 'base' ? [] : ['base', ...rooms[room]!.imports]
      if (targetRoom === undefined || !allowed.includes(targetRoom)) {
        say(`imports ${target}: src/${room} may import ${allowed.join(', ') || 'no other room'}`)
      }
    }
    const use = (what: RegExp, rule: string) => {
      const found = what.exec(code)
      if (found !== null) say(`uses ${found[0]}: ${rule}`)
    }
    use(chance, 'every random number has a seed')
    if (liesIn(room, withoutClock)) use(clockOrSettings, `src/${room} is pure`)
    if (!liesIn(room, ['cli']) && !childEntries.includes(file)) use(terminal, 'only src/cli may')
  }
  return [...faults, ...cycles(runtimeImports)]
}

/** The TypeScript files of src/ but tests and the kernel's own language, as paths with `/` relative to the root. */
export function sourceFiles(root: string): string[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((path) => `src/${path.split(sep).join('/')}`)
    .filter((path) => path.endsWith('.ts') && !/\.(?:test|as|d)\.ts$/.test(path))
    .sort()
}

/** Whether a room is one of those named or lies within one. */
function liesIn(room: string | undefined, names: readonly string[]): boolean {
  return room !== undefined && names.some((name) => isOrBelow(room, name))
}

function isOrBelow(path: string, name: string): boolean {
  return path === name || path.startsWith(`${name}/`)
}

/** `engine/cpu` for src/engine/cpu/kernel/kernel.ts; undefined for src/index.ts, which may import everything. */
function roomOf(file: string): string | undefined {
  const folders = file.split('/').slice(1, -1)
  return folders.length === 0 ? undefined : folders.slice(0, 2).join('/')
}

interface Import {
  readonly specifier: string
  readonly typeOnly: boolean
}

function importsOf(code: string): Import[] {
  const statements = /(?<=^|[;}\s])(import|export)\s+(type\s+)?(?:[\w$*{}\s,]+?\s*from\s*)?(['"])([^'"\n]+)\3/g
  const calls = /\bimport\s*\(\s*(['"])([^'"\n]+)\1/g
  return [
    ...Array.from(code.matchAll(statements), (match) => ({ specifier: match[4]!, typeOnly: match[2] !== undefined })),
    ...Array.from(code.matchAll(calls), (match) => ({ specifier: match[2]!, typeOnly: false })),
  ]
}

/** Blanks comments, keeping strings: `'http://…'` is no comment. */
function withoutComments(code: string): string {
  return code.replace(
    /('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (_, text?: string) => text ?? ' ',
  )
}

/** Cycles of imports that are there at run time: type imports are erased. */
function cycles(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const faults: string[] = []
  const done = new Set<string>()
  const path: string[] = []
  const visit = (file: string) => {
    const at = path.indexOf(file)
    if (at >= 0) faults.push(`${[...path.slice(at), file].join(' -> ')} is an import cycle`)
    if (at >= 0 || done.has(file)) return
    path.push(file)
    for (const next of imports.get(file) ?? []) visit(next)
    path.pop()
    done.add(file)
  }
  for (const file of imports.keys()) visit(file)
  return faults
}
