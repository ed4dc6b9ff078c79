import { plural } from '../../base/plural.ts'
import { differenceLines } from '../../report/tables/difference-lines.ts'
import type { StepEstimate } from '../../study/plan/estimate.ts'
import type { Step } from '../../study/steps/step-kinds.ts'
import { columnLines } from './column-lines.ts'
import { formatDuration } from './durations.ts'
import { isRoomy } from './fit/is-roomy.ts'
import { formatBytes } from './format-bytes.ts'
import { styles } from './own-styles.ts'
import { terminalWidth, usualWidth } from './terminal-width.ts'

/** A step of a plan, and what it is expected to take. */
export interface PlannedStep extends StepEstimate {
  readonly step: Step
  readonly finished: boolean
  /** Whether it may end before its updates are made. */
  readonly atMost: boolean
}

/** What a plan comes to. */
export interface PlanReport {
  /** Its name and numbers of chains and steps, in one line. */
  readonly counts: string
  readonly steps: readonly PlannedStep[]
  readonly totals: {
    readonly updates: number
    readonly seconds: number
    /** Lessons of which only the updates are known. */
    readonly unknown: number
    readonly peakMemoryBytes: number
    readonly diskBytes: number
  }
  readonly jobs: number
  /** By table, what would differ between its rows besides the start. */
  readonly differences: readonly { readonly title: string; readonly sentences: readonly string[] }[]
}

/**
 * A plan for the terminal: first what it takes in all, then its steps, then what would not be alike. Without `all` it is about
 * a screen: steps of a long plan are summed up by lesson and kind, and columns for which there is no room are left out.
 */
export function planLines(
  report: PlanReport,
  all: boolean,
  width: number = terminalWidth() ?? usualWidth,
): readonly string[] {
  const [steps, differences] = all
    ? [everyStep(report, width), everyDifference(report)]
    : [shortTable(report, width), shortDifferences(report)]
  return [
    totalLine(report),
    report.counts,
    '',
    ...steps.lines,
    ...differences.lines,
    ...(steps.isWhole && differences.isWhole ? [] : [styles.dim('--all: every step, with all that is known of it')]),
  ]
}

/** Lines, and whether they say all that there is. */
interface Part {
  readonly lines: readonly string[]
  readonly isWhole: boolean
}

function totalLine({ steps, totals, jobs }: PlanReport): string {
  const left = steps.filter(({ finished }) => !finished)
  if (left.length === 0) return 'Nothing is left to do'
  const { updates, seconds, unknown, peakMemoryBytes, diskBytes } = totals
  const atMost = left.some((one) => one.atMost) ? 'at most ' : ''
  const without = unknown === 0 ? '' : ` and ${plural(unknown, 'lesson')} not measured`
  const parts = [
    ...(seconds > 0 ? [`about ${formatDuration(seconds)}${without}`] : []),
    ...(peakMemoryBytes > 0 ? [`${formatBytes(peakMemoryBytes)} memory${jobs > 1 ? ' a step' : ''}`] : []),
    ...(diskBytes > 0 ? [`${formatBytes(diskBytes)} disk`] : []),
  ]
  const made = updatesToMake(left, `${atMost}${plural(updates, 'update')} to make`, updates)
  return capital(parts.length === 0 ? made : `${parts.join(', ')}: ${made}`)
}

/** Shares of rows that nobody has counted say nothing of a lesson's updates. */
function updatesToMake(left: readonly PlannedStep[], known: string, updates: number): string {
  const uncounted = left.filter((one) => one.step.kind === 'teach' && one.updates === undefined).length
  if (uncounted === 0) return known
  const why = 'as their rows are divided by shares and not prepared yet'
  const theirs = `those of ${plural(uncounted, 'lesson')} are not known, ${why}`
  return updates === 0 ? `updates to make: ${theirs}` : `${known}, and ${theirs}`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** A table in as many columns as there is room for; a few steps have a row each, others are summed up. */
function shortTable({ steps }: PlanReport, width: number): Part {
  const isShort = steps.length <= shownSteps
  const rows = isShort ? steps.map(stepRow) : summedUp(steps)
  const table = filledColumns(isShort ? [stepHeader, ...rows] : [sumHeader, ...rows])
  const fitting = fittingColumns(table, width)
  return {
    lines: columnLines(fitting, width),
    isWhole: isShort && fitting[0]!.length === table[0]!.length,
  }
}

/** A plan of no more steps is shown with each of them. */
const shownSteps = 20
/** The largest lessons of a longer one. */
const shownLessons = 12
const shownDifferences = 4

const stepHeader = ['step', 'updates', 's/update', 'time', 'memory', 'disk']
const sumHeader = ['step', 'steps', 'updates', 'time', 'memory', 'disk']
/** Which go first where there is no room for all. */
const leastNeeded = ['s/update', 'disk', 'memory']

function stepRow(one: PlannedStep): string[] {
  const { step, updates, secondsPerUpdate, peakMemoryBytes, diskBytes } = one
  return [
    step.label,
    updates === undefined ? '' : `${one.atMost ? 'at most ' : ''}${updates}`,
    secondsPerUpdate?.toPrecision(3) ?? '',
    timeCell(one),
    bytesCell(peakMemoryBytes),
    bytesCell(diskBytes),
  ]
}

function timeCell({ finished, seconds }: Pick<PlannedStep, 'finished' | 'seconds'>): string {
  if (finished) return 'finished'
  return seconds === undefined ? '' : formatDuration(seconds)
}

function bytesCell(bytes: number | undefined): string {
  return bytes === undefined ? '' : formatBytes(bytes)
}

/** Rows of the largest lessons, seeds together, of all others, and of each other kind of step. */
function summedUp(steps: readonly PlannedStep[]): string[][] {
  const of = (...kinds: Step['kind'][]) => grouped(steps.filter(({ step }) => kinds.includes(step.kind)))
  const lessons = [...of('teach')]
  const largest = new Set(lessons.toSorted(([, a], [, b]) => sizeOf(b) - sizeOf(a)).slice(0, shownLessons))
  const others = lessons.filter((one) => !largest.has(one))
  return [
    ...of('prepare'),
    ...lessons.filter((one) => largest.has(one)),
    ...(others.length === 0 ? [] : [[`teach ${others.length} more`, others.flatMap(([, group]) => group)] as const]),
    ...of('evaluate', 'prefix-test'),
  ].map(([name, group]) => sumRow(name, group))
}

/** Lessons by what has been taught with them, other steps by their kind. */
function grouped(steps: readonly PlannedStep[]): ReadonlyMap<string, readonly PlannedStep[]> {
  const groups = new Map<string, PlannedStep[]>()
  for (const one of steps) {
    const name = one.step.kind === 'teach' ? `teach ${one.step.taught}` : kindNames[one.step.kind]
    groups.set(name, [...(groups.get(name) ?? []), one])
  }
  return groups
}

const kindNames = { prepare: 'prepare', evaluate: 'evaluate', 'prefix-test': 'swap prefixes' } as const

/** What lessons are ordered by: time where it is known of them, else updates. */
function sizeOf(group: readonly PlannedStep[]): number {
  return sum(group, ({ seconds, updates }) => seconds ?? updates) ?? 0
}

function sumRow(name: string, group: readonly PlannedStep[]): string[] {
  const updates = sum(group, (one) => one.updates)
  const done = group.filter(({ finished }) => finished).length
  const seconds = sum(group, (one) => one.seconds)
  const memory = group.flatMap(({ peakMemoryBytes = [] }) => peakMemoryBytes)
  return [
    name,
    done > 0 && done < group.length ? `${group.length}, ${done} finished` : String(group.length),
    updates === undefined ? '' : `${group.some(({ atMost }) => atMost) ? 'at most ' : ''}${updates}`,
    timeCell({ finished: done === group.length, ...(seconds === undefined ? {} : { seconds }) }),
    bytesCell(memory.length === 0 ? undefined : Math.max(...memory)),
    bytesCell(sum(group, (one) => one.diskBytes)),
  ]
}

/** `undefined` where nothing is known of any. */
function sum(group: readonly PlannedStep[], pick: (one: PlannedStep) => number | undefined): number | undefined {
  const known = group.flatMap((one) => pick(one) ?? [])
  return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0)
}

type Rows = readonly (readonly string[])[]

/** @param rows the first is the header */
function filledColumns(rows: Rows): Rows {
  const isFilled = rows[0]!.map((_, column) => rows.slice(1).some((row) => row[column] !== ''))
  return rows.map((row) => row.filter((_, column) => isFilled[column]))
}

function fittingColumns(rows: Rows, width: number): Rows {
  let fitting = rows
  for (const name of leastNeeded) {
    if (isRoomy(fitting, width)) break
    const dropped = fitting[0]!.indexOf(name)
    fitting = fitting.map((row) => row.filter((_, column) => column !== dropped))
  }
  return fitting
}

/** A table where it has room, else the name of each step, and under it what it takes. */
function everyStep({ steps }: PlanReport, width: number): Part {
  const table = filledColumns([stepHeader, ...steps.map(stepRow)])
  return { lines: isRoomy(table, width) ? columnLines(table, width) : steps.flatMap(stepLines), isWhole: true }
}

function stepLines(one: PlannedStep): string[] {
  const { updates, secondsPerUpdate, peakMemoryBytes, diskBytes } = one
  const time = timeCell(one)
  const parts = [
    ...(updates === undefined ? [] : [`${one.atMost ? 'at most ' : ''}${plural(updates, 'update')}`]),
    ...(secondsPerUpdate === undefined ? [] : [`${secondsPerUpdate.toPrecision(3)} s each`]),
    ...(time === '' ? [] : [time]),
    ...(peakMemoryBytes === undefined ? [] : [`${formatBytes(peakMemoryBytes)} memory`]),
    ...(diskBytes === undefined ? [] : [`${formatBytes(diskBytes)} disk`]),
  ]
  return [one.step.label, ...(parts.length === 0 ? [] : [`    ${parts.join(', ')}`])]
}

function everyDifference({ differences }: PlanReport): Part {
  return {
    lines: differences.flatMap(({ title, sentences }) => ['', title, ...differenceLines(sentences)]),
    isWhole: true,
  }
}

/** The first few, each once though it be true of several tables. */
function shortDifferences({ differences }: PlanReport): Part {
  const told = new Set<string>()
  const lines: string[] = []
  for (const { title, sentences } of differences) {
    const fresh = sentences.filter((sentence) => !told.has(sentence)).slice(0, shownDifferences - told.size)
    for (const sentence of fresh) told.add(sentence)
    if (fresh.length > 0) lines.push('', title, ...differenceLines(fresh))
  }
  const more = new Set(differences.flatMap(({ sentences }) => sentences)).size - told.size
  return { lines: [...lines, ...(more > 0 ? [`and ${more} more`] : [])], isWhole: more === 0 }
}
