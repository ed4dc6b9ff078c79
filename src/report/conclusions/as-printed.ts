import { printedName } from '../words/printed-name.ts'
import type { Evidence } from './evidence.ts'

/** Evidence with the names that a study gives its chains, tasks and scores where they are printed; for words alone. */
export function asPrinted(evidence: Evidence): Evidence {
  const { names, task, column, candidates, excluded, learntBesides, leftOut } = evidence
  if (names === undefined) return evidence
  const printed = (name: string): string => printedName(names, name)
  return {
    ...evidence,
    task: printed(task),
    column: column && { ...column, name: printed(column.name) },
    candidates: candidates.map((one) => ({ ...one, chain: printed(one.chain), start: printed(one.start) })),
    excluded: excluded.map((one) => ({ ...one, chain: printed(one.chain) })),
    learntBesides: learntBesides.map(printed),
    leftOut: leftOut.map(printed),
  }
}
