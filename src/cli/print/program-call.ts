import { delimiter, dirname, relative, sep } from 'node:path'

/**
 * How this program was called, for commands that people paste into the shell they are in: `reteach` where the path has it,
 * `npx reteach` where npm has run it, else node with the file.
 */
export function programCall(
  { npm_execpath: npm, PATH = '' }: NodeJS.ProcessEnv = process.env,
  script = process.argv[1] ?? 'reteach',
): string {
  if (npm) return 'npx reteach'
  if (PATH.split(delimiter).includes(dirname(script))) return 'reteach'
  return `node ${shellWord(shownPath(script))}`
}

/** A command line of this program: words that a shell would take apart are quoted. */
export function commandLine(words: readonly string[], call = programCall()): string {
  return [call, ...words.map(shellWord)].join(' ')
}

/** A path as it is shortest from the working folder: relative within it, else whole. */
export function shownPath(path: string): string {
  const inside = relative(process.cwd(), path)
  return inside === '..' || inside.startsWith(`..${sep}`) ? path : inside === '' ? '.' : inside
}

/** A word as a shell takes it: quoted where it would be taken apart. */
export function shellWord(word: string): string {
  return /^[\p{L}\p{N}_@%+=:,./\\-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
