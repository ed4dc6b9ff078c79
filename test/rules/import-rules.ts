import { type Room, rooms } from './rooms.ts'
import { type Import, roomOf, type SourceFile, sourceFiles } from './source-files.ts'

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
/** What one family of models or one backend is made of: train/ knows neither. */
const ofOneKind =
  /\w*t5\w*|\barenas?\b|\bbyteOffset\b|\bonnx|\bort\b|shared\.weight|\blm_head\b|\bcross_(?:key|value)\b|relative_attention_bias/i
/** Node modules without files, clock, network or processes. */
const harmlessModules = ['node:buffer', 'node:path', 'node:util']

/**
 * Checks src/ below a root, tests left out: directions between rooms, purity, who uses onnxruntime and the terminal,
 * and circles of imports between files, types included.
 *
 * @returns one sentence a fault, each naming the file
 */
export function importFaults(root: string, table: Readonly<Record<string, Room>> = rooms): string[] {
  const files = sourceFiles(root)
  const faults = files.flatMap((file) => {
    const { path, room } = file
    const found =
      room !== undefined && !Object.hasOwn(table, room)
        ? [`lies in a room without a place in the import directions: add "${room}" to test/rules/rooms.ts`]
        : [...file.imports.flatMap((one) => importFault(file, one, table) ?? []), ...useFaults(file)]
    return found.map((sentence) => `${path} ${sentence}`)
  })
  return [...faults, ...circles(files)]
}

function importFault({ room }: SourceFile, { specifier, target }: Import, table: Readonly<Record<string, Room>>) {
  if (target === undefined) {
    if (isOrBelow(specifier, 'onnxruntime-node') && !liesIn(room, ['engine'])) {
      return 'imports onnxruntime-node: only src/engine may'
    }
    if (specifier.startsWith('node:') && liesIn(room, pure) && !harmlessModules.includes(specifier)) {
      return `imports ${specifier}: src/${room} is pure`
    }
    if (specifier.startsWith('node:') && liesIn(room, ['page'])) {
      return `imports ${specifier}: src/page runs in a browser`
    }
    return undefined
  }
  if (!target.startsWith('src/')) return `imports ${target}, which lies outside src`
  const targetRoom = roomOf(target)
  if (room === undefined)
    return liesIn(targetRoom, ['cli']) ? `imports ${target}: a library has no command line` : undefined
  if (targetRoom === room) return undefined
  const allowed = room === 'base' ? [] : ['base', ...table[room]!.imports]
  if (targetRoom !== undefined && allowed.includes(targetRoom)) return undefined
  return `imports ${target}: src/${room} may import ${allowed.join(', ') || 'no other room'}`
}

function useFaults({ path, room, code }: SourceFile): string[] {
  const faults: string[] = []
  const use = (what: RegExp, rule: string) => {
    const found = what.exec(code)
    if (found !== null) faults.push(`uses ${found[0]}: ${rule}`)
  }
  use(chance, 'every random number has a seed')
  if (liesIn(room, withoutClock)) use(clockOrSettings, `src/${room} is pure`)
  if (liesIn(room, ['train'])) use(ofOneKind, 'src/train knows models and engines by their interfaces only')
  if (!liesIn(room, ['cli']) && !childEntries.includes(path)) use(terminal, 'only src/cli may')
  return faults
}

/** Whether a room is one of those named or lies within one. */
function liesIn(room: string | undefined, names: readonly string[]): boolean {
  return room !== undefined && names.some((name) => isOrBelow(room, name))
}

function isOrBelow(path: string, name: string): boolean {
  return path === name || path.startsWith(`${name}/`)
}

/** Circles of imports, each told once, with the file that closes it at both ends. */
function circles(files: readonly SourceFile[]): string[] {
  const imports = new Map(files.map((file) => [file.path, file.imports]))
  const faults: string[] = []
  const done = new Set<string>()
  const path: string[] = []
  const visit = (file: string) => {
    const at = path.indexOf(file)
    if (at >= 0) faults.push(`${[...path.slice(at), file].join(' -> ')} is a circle of imports`)
    if (at >= 0 || done.has(file)) return
    path.push(file)
    for (const { target } of imports.get(file) ?? []) if (target !== undefined) visit(target)
    path.pop()
    done.add(file)
  }
  for (const file of imports.keys()) visit(file)
  return faults
}
