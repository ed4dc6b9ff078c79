import type { FigureRequest, Study, TableRequest } from '../study.ts'

/** What a study says of its chains by their labels. */
type ByLabel = Pick<Study, 'report' | 'tables' | 'figures'>

/** The same with other labels, each label once. @param labels every chain's label → the one that stands for it now */
export function relabelled({ report, tables, figures }: ByLabel, labels: ReadonlyMap<string, string>): ByLabel {
  const now = (label: string): string => labels.get(label) ?? label
  const nowOnce = (all: readonly string[]): string[] => [...new Set(all.map(now))]
  // What is said of the label itself is nearer than what is said of one that it stands for.
  const keyed = <T>(map: ReadonlyMap<string, T>): Map<string, T> =>
    new Map([...[...map].map(([label, value]): [string, T] => [now(label), value]), ...[...map].filter(isSame)])
  const isSame = ([label]: readonly [string, unknown]): boolean => now(label) === label
  return {
    report: { ...report, names: keyed(report.names) },
    tables: tables.map(
      (table): TableRequest => ({
        ...table,
        rows: table.rows && nowOnce(table.rows),
        baseline: table.baseline === undefined ? undefined : now(table.baseline),
        paper: keyed(table.paper),
      }),
    ),
    figures: figures?.map((figure): FigureRequest => {
      if (figure.kind === 'labels') return figure
      if (figure.kind !== 'loss') return { ...figure, chains: nowOnce(figure.chains) }
      const curves = figure.curves.map(({ chain, lesson }) => ({ chain: now(chain), lesson }))
      return {
        ...figure,
        curves: [...new Map(curves.map((curve) => [`${curve.lesson} ${curve.chain}`, curve])).values()],
      }
    }),
  }
}
