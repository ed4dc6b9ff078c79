import { printedName } from '../words/printed-name.ts'
import type { Conclusions } from './conclusions.ts'
import { printedRates } from './rate-sensitivity.ts'
import type { Change, Transfer } from './transfer.ts'

/** Conclusions with the names that a study gives its chains, tasks and scores where they are printed; for words alone. */
export function printedConclusions(conclusions: Conclusions): Conclusions {
  const { convergence, transfer, rates, costs, recommendations } = conclusions
  // Every task's evidence has those of the study.
  const names = recommendations[0]?.evidence.names
  if (names === undefined) return conclusions
  const printed = (name: string): string => printedName(names, name)
  return {
    ...conclusions,
    convergence: convergence.map(({ task, decidedBy, arms }) => ({
      task: printed(task),
      decidedBy: printed(decidedBy),
      arms: arms.map((arm) => ({ ...arm, chain: printed(arm.chain), baseline: printed(arm.baseline) })),
    })),
    transfer: transfer && printedTransfer(transfer, printed),
    rates: rates.map((rate) => printedRates(rate, printed)),
    costs: costs.map((cost) => ({ ...cost, chain: printed(cost.chain), start: printed(cost.start) })),
  }
}

function printedTransfer(transfer: Transfer, printed: (name: string) => string): Transfer {
  const changes = (all: readonly Change[]): Change[] => all.map((one) => ({ ...one, task: printed(one.task) }))
  return {
    ...transfer,
    tasks: transfer.tasks.map(({ task, column }) => ({
      task: printed(task),
      column: { ...column, name: printed(column.name) },
    })),
    rows: transfer.rows.map(({ checkpoint, cells }) => ({ checkpoint: printed(checkpoint), cells })),
    chains: transfer.chains.map((one) => ({
      ...one,
      chain: printed(one.chain),
      backward: changes(one.backward),
      forward: changes(one.forward),
      later: changes(one.later),
    })),
  }
}
