import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, sep } from 'node:path'

/**
 * Which folders of src/ each folder imports; it may also import what those import. A folder that is not listed here is a
 * fault, so that a new one gets its place on purpose.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  base: [],
  graph: ['base'],
  metrics: ['base'],
  tokenizer: ['base'],
  tasks: ['metrics'],
  data: ['tokenizer', 'tasks'],
  engine: ['graph'],
  model: ['graph'],
  train: ['engine', 'model', 'data'],
  study: ['data', 'tasks', 'metrics'],
  report: ['metrics', 'study'],
  cluster: ['study'],
  web: ['study', 'report'],
  cli: ['study', 'report', 'cluster', 'web', 'train'],
}

/** Folders whose results depend on their arguments alone; model/ besides reads and writes files. */
const pure = ['graph', 'tokenizer', 'tasks', 'metrics']
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
 * Checks src/ below a root, tests left out: directions between folders, purity, who uses onnxruntime and the terminal,
 * and import cycles between files.
 *
 * @returns one sentence a fault, each naming the file
 */
export function importFaults(root: string): string[] {
  const faults: string[] = []
  const runtimeImports = new Map<string, string[]>()
  for (const file of sourceFiles(root)) {
    const code = withoutComments(readFileSync(join(root, file), 'utf8'))
    const folder = folderOf(file)
    const say = (sentence: string) => faults.push(`${file} ${sentence}`)
    if (folder !== undefined && !Object.hasOwn(mayImport, folder)) {
      say(`lies in a folder without a place in the import directions: add "${folder}" to test/import-rules.ts`)
      continue
    }
    runtimeImports.set(file, [])
    for (const { specifier, typeOnly } of importsOf(code)) {
      if (!specifier.startsWith('.')) {
        if (isOrBelow(specifier, 'onnxruntime-node') && folder !== 'engine') {
          say('imports onnxruntime-node: only src/engine may')
        }
        if (specifier.startsWith('node:') && isPure(folder) && !harmlessModules.includes(specifier)) {
          say(`imports ${specifier}: src/${folder} is pure`)
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
      const targetFolder = folderOf(target)
      if (folder === undefined || targetFolder === folder) continue
      if (targetFolder === undefined || !reachable(folder).has(targetFolder)) {
        const wanted = [...reachable(folder)].sort().join(', ') || 'no other folder'
        say(`imports ${target}: src/${folder} may import ${wanted}`)
      }
    }
    const use = (what: RegExp, rule: string) => {
      const found = what.exec(code)
      if (found !== null) say(`uses ${found[0]}: ${rule}`)
    }
    use(chance, 'every random number has a seed')
    if (folder !== undefined && withoutClock.includes(folder)) use(clockOrSettings, `src/${folder} is pure`)
    if (folder !== 'cli' && !childEntries.includes(file)) use(terminal, 'only src/cli may')
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

function isPure(folder: string | undefined): boolean {
  return folder !== undefined && pure.includes(folder)
}

function isOrBelow(specifier: string, name: string): boolean {
  return specifier === name || specifier.startsWith(`${name}/`)
}

/** `graph` for src/graph/ops.ts; undefined for src/index.ts, which may import everything. */
function folderOf(file: string): string | undefined {
  const [, folder, rest] = file.split('/')
  return rest === undefined ? undefined : folder
}

function reachable(folder: string): Set<string> {
  const found = new Set<string>(['base'])
  const visit = (name: string) => {
    for (const next of mayImport[name]!) {
      found.add(next)
      visit(next)
    }
  }
  visit(folder)
  if (folder === 'base') found.delete('base')
  return found
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
