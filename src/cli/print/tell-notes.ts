import { wrapLine } from './fit/wrap-line.ts'
import { terminalWidth } from './terminal-width.ts'

/** Tells people what they may want to change, and that stops nothing. */
export function tellNotes(notes: readonly string[]): void {
  const width = process.stderr.isTTY ? terminalWidth(process.stderr)! : Number.POSITIVE_INFINITY
  for (const note of notes) process.stderr.write(`${wrapLine(`Note: ${note}`, width).join('\n')}\n`)
}
