import { wrapLine } from './fit/wrap-line.ts'
import { terminalWidth } from './terminal-width.ts'

/** Writes lines to standard output; those that are wider than the terminal are broken between words. */
export function printLines(lines: readonly string[]): void {
  const width = terminalWidth()
  const fitting = width === undefined ? lines : lines.flatMap((line) => wrapLine(line, width))
  process.stdout.write(fitting.map((line) => `${line}\n`).join(''))
}
