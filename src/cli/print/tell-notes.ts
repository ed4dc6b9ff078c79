import { wrapLine } from './fit/wrap-line.ts'
import { styles } from './own-styles.ts'
import { terminalWidth } from './terminal-width.ts'

/** Tells people what they may want to change, and that stops nothing. */
export function tellNotes(notes: readonly string[]): void {
  const width = process.stderr.isTTY ? terminalWidth(process.stderr)! : Number.POSITIVE_INFINITY
  for (const note of notes) process.stderr.write(`${wrapLine(`Note: ${note}`, width).join('\n')}\n`)
}

/** What goes on all the same, and may not be as it was meant. */
export function warning(sentence: string): string {
  return `${styles.yellow('Warning:')} ${sentence}`
}
