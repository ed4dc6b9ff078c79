/** Tells people what they may want to change, and that stops nothing. */
export function tellNotes(notes: readonly string[]): void {
  for (const note of notes) process.stderr.write(`Note: ${note}\n`)
}
