import type { ScoreColumn } from '../results/arms.ts'
import type { ArmCost } from '../results/cost.ts'
import { goodnessName } from '../results/score-direction.ts'
import { verdictOf } from '../results/verdict.ts'
import { bareP, formatDifference, formatMinutes, formatScore } from '../words/format-score.ts'
import { healthMark } from '../words/health-mark.ts'
import { markdownCells } from '../words/markdown-cells.ts'
import { markdownText } from '../words/markdown-text.ts'
import { asPrinted } from './as-printed.ts'
import type { Conclusions } from './conclusions.ts'
import type { ArmConvergence, SeedMean, TaskConvergence } from './convergence.ts'
import { printedConclusions } from './printed-conclusions.ts'
import { type RateSensitivity, seriesName } from './rate-sensitivity.ts'
import type { Recommendation } from './recommendation.ts'
import type { ChainTransfer, Transfer, TransferCell } from './transfer.ts'

/** A part of the conclusions: sentences, a table as cells with its header first, and what stands below it. */
export interface Section {
  readonly title: string
  readonly sentences: readonly string[]
  readonly cells?: readonly (readonly string[])[]
  readonly notes?: readonly string[]
}

/** The answer for each task, then what it rests on, as sentences; warnings apart. */
export function answerSections({
  recommendations,
}: Conclusions): (Section & { readonly warnings: readonly string[] })[] {
  return recommendations.map((one) => ({
    title: `Which start for ${asPrinted(one.evidence).task}`,
    sentences: one.sentences,
    warnings: one.warnings.map((warning) => `Warning: ${warning}`),
    ...candidateCells(one),
  }))
}

/** What the answers rest on besides the tables: convergence, transfer, learning rates, cost. */
export function evidenceSections(conclusions: Conclusions): Section[] {
  const { convergence, transfer, rates, costs } = printedConclusions(conclusions)
  return [
    ...convergence.map(convergenceSection),
    ...(transfer === undefined ? [] : transferSections(transfer)),
    ...rates.map(rateSection),
    ...(costs.length === 0 ? [] : [costSection(costs)]),
  ]
}

/** Sections as Markdown below a heading of the second level. */
export function markdownConclusions(conclusions: Conclusions): string {
  const answers = answerSections(conclusions).map(({ warnings, ...section }) => ({
    ...section,
    sentences: [...section.sentences, ...warnings],
  }))
  const sections: Section[] = [...answers, ...evidenceSections(conclusions)]
  const parts = sections.map(({ title, sentences, cells, notes = [] }) =>
    [
      `### ${markdownText(title)}`,
      sentences.map((sentence) => `- ${markdownText(sentence)}`).join('\n'),
      ...(cells === undefined ? [] : [markdownCells(cells)]),
      markdownText(notes.join(' ')),
    ]
      .filter((part) => part !== '')
      .join('\n\n'),
  )
  return ['## Conclusions', ...parts].join('\n\n')
}

function candidateCells({ evidence }: Recommendation): Pick<Section, 'cells'> {
  const { candidates, column } = asPrinted(evidence)
  if (column === undefined || candidates.length < 2) return {}
  const header = [
    'start',
    'chain',
    column.name,
    'difference',
    '95 % interval',
    'p',
    'verdict',
    'seeds',
    'updates',
    'minutes',
  ]
  const rows = candidates.map(({ start, chain, score, comparison, seeds, cost }) => [
    start,
    chain,
    formatScore(score.mean, column.best),
    comparison === undefined ? '–' : formatDifference(comparison.difference, column.best),
    comparison === undefined
      ? '–'
      : `${formatDifference(comparison.interval.low, column.best)} to ${formatDifference(comparison.interval.high, column.best)}`,
    comparison === undefined ? '–' : bareP(comparison.p),
    comparison === undefined ? '–' : verdictOf(comparison, column),
    String(seeds.length),
    cost === undefined ? '–' : String(Math.round(cost.all.updates)),
    cost === undefined ? '–' : formatMinutes(cost.all.minutes),
  ])
  return { cells: [header, ...rows] }
}

function convergenceSection({ task, decidedBy, arms }: TaskConvergence): Section {
  const value = decidedBy === 'loss' ? 'validation loss' : `${decidedBy} on the validation rows`
  const shown = arms.filter(({ refused }) => refused === undefined)
  const header = [
    'chain',
    'gets to the best of',
    'seeds',
    'updates',
    'of',
    'minutes',
    'area, training',
    'area, validation',
  ]
  const cells = shown.map((arm) => [
    arm.chain,
    arm.chain === arm.baseline ? 'itself' : arm.baseline,
    `${arm.seeds.filter(({ updates }) => updates !== undefined).length} of ${arm.seeds.length}`,
    meanText(arm.updates, (updates) => String(Math.round(updates))),
    String(arm.totalUpdates),
    meanText(arm.minutes, formatMinutes),
    areaText(arm, 'trainingArea'),
    areaText(arm, 'validationArea'),
  ])
  return {
    title: `How fast the last lesson learns ${task}`,
    sentences: arms.flatMap(({ chain, baseline, refused }) =>
      refused === undefined ? [] : [`${chain} is not compared with ${baseline}: ${refused}`],
    ),
    ...(cells.length === 0 ? {} : { cells: [header, ...cells] }),
    notes: [
      `Updates and minutes of the last lesson until its ${value} is as good as the fresh start's best with the same seed; ± is half of the 95 % t interval over seeds.`,
      "Areas: the fresh start's loss minus the chain's, summed over updates; above 0 where the chain's is lower.",
    ],
  }
}

function areaText(arm: ArmConvergence, which: 'trainingArea' | 'validationArea'): string {
  if (arm.chain === arm.baseline) return '–'
  return meanText(arm[which], (area) => area.toFixed(1))
}

/** `120 ±14`; `–` where not every seed has a value. */
function meanText(
  value: SeedMean | undefined,
  show: (value: number) => string,
  showHalf: (value: number) => string = show,
): string {
  if (value === undefined) return '–'
  if (value.interval === undefined) return show(value.mean)
  return `${show(value.mean)} ±${showHalf((value.interval.high - value.interval.low) / 2)}`
}

function transferSections({ tasks, rows, chains, missing }: Transfer): Section[] {
  const matrix: Section = {
    title: 'Every checkpoint on every task',
    sentences: missing,
    cells: [
      ['checkpoint', ...tasks.flatMap(({ task, column }) => [`${task} (${column.name})`, 'share'])],
      ...rows.map(({ checkpoint, cells }) => [
        checkpoint,
        ...cells.flatMap((cell, index) => [
          cell === undefined ? '–' : cellText(cell, tasks[index]!.column),
          meanText(cell?.share, shareText),
        ]),
      ]),
    ],
    notes: [
      'Share: of the score of the same start taught this task and nothing else, seed by seed; ± is half of the 95 % t interval over seeds.',
      ...(rows.some(({ cells }) => cells.some((cell) => cell && isUseless(cell)))
        ? [
            `${healthMark}: with a seed most answers are of no use, and the score is what such answers get; what is forgotten may be more.`,
          ]
        : []),
      ...tasks.flatMap(({ column }) =>
        column.lowIsBetter ? [`Less ${column.name} is better: its shares are those of ${goodnessName(column)}.`] : [],
      ),
    ],
  }
  if (chains.length === 0) return [matrix]
  const list = (changes: ChainTransfer['backward']): string =>
    changes.length === 0
      ? '–'
      : changes.map(({ task, share }) => `${task} ${meanText(share, signedShare, shareText)}`).join(', ')
  // A kind that no chain shows is left out.
  const kinds = (['backward', 'forward', 'later'] as const).filter((kind) =>
    chains.some((chain) => chain[kind].length > 0),
  )
  return [
    matrix,
    {
      title: 'What lessons do to each other',
      sentences: [],
      cells: [
        ['chain', ...kinds.map((kind) => transferKinds[kind].heading)],
        ...chains.map((one) => [one.chain, ...kinds.map((kind) => list(one[kind]))]),
      ],
      notes: [["In shares of the fresh start's score.", ...kinds.map((kind) => transferKinds[kind].meaning)].join(' ')],
    },
  ]
}

function isUseless({ seeds }: TransferCell): boolean {
  return seeds.some(({ useless }) => useless)
}

/** A score of the matrix, marked where answers are of no use. */
export function cellText(cell: TransferCell, { best }: ScoreColumn): string {
  return `${formatScore(cell.score.mean, best)}${isUseless(cell) ? ` ${healthMark}` : ''}`
}

const transferKinds = {
  backward: {
    heading: 'backward transfer',
    meaning:
      'Backward: on tasks of earlier lessons, after the whole chain minus right after their lesson (below 0: forgotten).',
  },
  forward: {
    heading: 'forward transfer',
    meaning: 'Forward: on tasks of later lessons, right before their lesson minus the start itself.',
  },
  later: { heading: 'taught later', meaning: 'Taught later: right after their lesson minus the fresh start.' },
} as const

function shareText(share: number): string {
  return share.toFixed(3)
}

function signedShare(share: number): string {
  // What rounds to nothing has no sign.
  return share <= -0.0005 ? shareText(share) : `+${shareText(Math.abs(share))}`
}

function rateSection({ task, lesson, column, series, findings }: RateSensitivity): Section {
  const rates = [...new Set(series.flatMap(({ points }) => points.map(({ rate }) => rate)))].sort((a, b) => a - b)
  const seeds = new Set(series.flatMap(({ points }) => points.map(({ evaluations }) => evaluations.length)))
  return {
    title: `Learning rates of ${lesson}, tested on ${task}`,
    sentences: findings.map((finding) => finding.replace(/\.$/u, '')),
    cells: [
      [`start (${column.name})`, ...rates.map(String)],
      ...series.map(({ points, best, ...named }) => [
        seriesName(named),
        ...rates.map((rate) => {
          const point = points.find((one) => one.rate === rate)
          if (point === undefined) return '–'
          const score = meanText(point.score, (value) => formatScore(value, column.best))
          const of = seeds.size === 1 ? '' : ` of ${point.evaluations.length}`
          return `${score}${of}${rate === best ? ' *' : ''}${point.collapsed.length > 0 ? ' (collapsed)' : ''}`
        }),
      ]),
    ],
    notes: [
      '* marks the best rate of a start, by its score on the test rows.',
      ...(seeds.size === 1 ? [] : ['"of" is followed by the number of seeds, as it is not the same everywhere.']),
    ],
  }
}

function costSection(costs: readonly ArmCost[]): Section {
  const number = (value: number | undefined, digits: number): string =>
    value === undefined ? '–' : value.toFixed(digits)
  const header = [
    'chain',
    'updates',
    'minutes',
    'CPU-hours',
    'Wh',
    'last lesson: updates',
    'minutes',
    'CPU-hours',
    'Wh',
  ]
  const cells = costs.map(({ chain, all, last }) => [
    chain,
    ...[all, last].flatMap(({ updates, minutes, cpuHours, wattHours }) => [
      String(Math.round(updates)),
      formatMinutes(minutes),
      number(cpuHours, cpuHours !== undefined && cpuHours < 1 ? 4 : 2),
      number(wattHours, wattHours !== undefined && wattHours < 10 ? 2 : 1),
    ]),
  ])
  const unknown = [
    ...(costs.some(({ all }) => all.cpuHours === undefined) ? ['CPU-hours'] : []),
    ...(costs.some(({ all }) => all.wattHours === undefined) ? ['energy'] : []),
  ]
  const withStart = costs.filter((cost) => cost.withStart !== undefined)
  return {
    title: 'What each chain cost',
    sentences: [
      ...(unknown.length === 0 ? [] : [`Not every lesson has measured ${unknown.join(' and ')} (–)`]),
      ...startSentences(withStart),
    ],
    cells: [header, ...cells],
    notes: [
      "Means over seeds of teaching alone, all sittings of an interrupted lesson together. Energy is that of the machine's processor packages while the lessons ran, whatever else ran on them.",
    ],
  }
}

/** A start that is a chain itself is taught once for all chains, and told once. */
function startSentences(costs: readonly ArmCost[]): string[] {
  const sentences = costs.map(
    ({ start, all, withStart }) =>
      `Lessons of the start ${start} are not counted: ${Math.round(withStart!.updates - all.updates)} updates, taught once`,
  )
  return [...new Set(sentences)]
}
