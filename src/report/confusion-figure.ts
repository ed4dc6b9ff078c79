import type { Figure } from './charts/figure.ts'
import type { LabelTable } from './tables/label-table.ts'

/** More panels are too small to be read. */
const mostChains = 4

/** Which labels were answered for which, a panel a chain; numbers are in the CSV file beside it. */
export function confusionFigure(name: string, title: string, { chains }: LabelTable): Figure {
  const shown = chains.slice(0, mostChains)
  const seeds = Math.max(1, ...chains.map((chain) => chain.seeds))
  const rest = chains.length - shown.length
  return {
    name,
    kind: 'confusion',
    title: `Labels of the rows, and what was answered: ${title}`,
    panels: shown.map(({ chain, names, confusion }) => ({ kind: 'matrix', title: chain, names, counts: confusion })),
    legend: [],
    notes: [
      `Rows: the label of the test row${seeds > 1 ? ', all seeds together' : ''}. On the diagonal it is in the answer; beside it it is missing there, and the column's label stands instead. Shades are shares of a row.`,
      ...(rest > 0 ? [`${rest} more chains: in the CSV file.`] : []),
    ],
    data: { header: [], rows: [] },
  }
}
