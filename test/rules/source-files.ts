import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, sep } from 'node:path'

export interface SourceFile {
  /** With `/`, relative to the root: `src/engine/cpu/arena.ts`. */
  readonly path: string
  readonly room: string | undefined
  /** Without its comments. */
  readonly code: string
  readonly imports: readonly Import[]
}

export interface Import {
  readonly specifier: string
  /** The path of a file of ours; undefined for a package. */
  readonly target: string | undefined
}

/** The TypeScript files of src/ but tests and the kernel's own language. */
export function sourceFiles(root: string): SourceFile[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((path) => `src/${path.split(sep).join('/')}`)
    .filter((path) => path.endsWith('.ts') && !/\.(?:test|as|d)\.ts$/.test(path))
    .sort()
    .map((path) => {
      const code = withoutComments(readFileSync(join(root, path), 'utf8'))
      return { path, room: roomOf(path), code, imports: importsOf(code, dirname(path)) }
    })
}

/** `engine/cpu` for src/engine/cpu/kernel/kernel.ts; undefined for src/index.ts, which may import all but cli/. */
export function roomOf(path: string): string | undefined {
  const folders = path.split('/').slice(1, -1)
  return folders.length === 0 ? undefined : folders.slice(0, 2).join('/')
}

/** Blanks comments, keeping strings: `'http://…'` is no comment. */
function withoutComments(code: string): string {
  return code.replace(
    /('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (_, text?: string) => text ?? ' ',
  )
}

/** What a file imports or exports from elsewhere, types included. */
function importsOf(code: string, folder: string): Import[] {
  const statements = /(?<=^|[;}\s])(?:import|export)\s+(?:type\s+)?(?:[\w$*{}\s,]+?\s*from\s*)?(['"])([^'"\n]+)\1/g
  const calls = /\bimport\s*\(\s*(['"])([^'"\n]+)\1/g
  return [...code.matchAll(statements), ...code.matchAll(calls)].map((match) => {
    const specifier = match[2]!
    const target = specifier.startsWith('.') ? normalize(join(folder, specifier)).split(sep).join('/') : undefined
    return { specifier, target }
  })
}
