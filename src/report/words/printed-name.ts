/** What a study calls its chains, tasks and scores where they are printed, if not by their names. */
export type PrintedNames = Readonly<Record<string, string>>

/** A chain, a task or a score as the study wants it printed. */
export function printedName(names: PrintedNames | undefined, name: string): string {
  return names !== undefined && Object.hasOwn(names, name) ? names[name]! : name
}
