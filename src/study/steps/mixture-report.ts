import { convertedRows, type Rows } from '../../base/bounds/spooled-rows.ts'
import { Fault } from '../../base/fault.ts'
import type { Start, Study, StudyMixture } from '../study.ts'
import { type MixtureDraw, mixRows } from './prepare-mixture.ts'
import type { Prepared, PreparedPair } from './prepare-task.ts'

/** What a mixture draws of the training rows of its tasks. */
export interface MixtureReport {
  readonly name: string
  readonly by: StudyMixture['by']
  readonly seed: number
  readonly repeat: boolean
  /** Of a mixture by tokens: the start whose tokenizer counts them. */
  readonly start?: string
  /** Of a mixture by updates: rows of each. */
  readonly batch?: number
  readonly parts: readonly {
    readonly task: string
    readonly ratio: number
    readonly rows: number
    readonly drawn: number
    readonly leftOut: number
    readonly tokens?: number
    readonly updates?: number
    /** Of the mixture, in what it counts. */
    readonly share: number
  }[]
}

/**
 * Draws the mixtures of a study as its lessons will, one time for each tokenizer or batch that makes a difference.
 *
 * @param trainRows task → its training rows; a mixture of another task is left out
 * @param tokenizerOf where the tokenizer of a start is
 * @param onNotice told of a mixture that cannot be drawn
 */
export async function mixtureReports(
  study: Study,
  trainRows: ReadonlyMap<string, Rows<Prepared>>,
  tokenizerOf: (start: Start) => Promise<string>,
  onNotice: (sentence: string) => void,
): Promise<MixtureReport[]> {
  const reports: MixtureReport[] = []
  for (const mixture of study.mixtures.values()) {
    const rows = rowsOf(mixture, study, trainRows)
    if (rows === undefined) continue
    for (const { start, draw } of await drawsOf(mixture, study, tokenizerOf, onNotice)) {
      try {
        reports.push(reportOf(mixture, rows, start, draw))
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        onNotice(`The mixture "${mixture.name}" cannot be taught: ${error.message}`)
      }
    }
  }
  return reports
}

function rowsOf(
  { parts }: StudyMixture,
  { tasks }: Study,
  trainRows: ReadonlyMap<string, Rows<Prepared>>,
): ReadonlyMap<string, Rows<PreparedPair>> | undefined {
  const rows = new Map<string, Rows<PreparedPair>>()
  for (const name of parts.keys()) {
    const prepared = trainRows.get(name)
    if (prepared === undefined) return undefined
    const { prefix } = tasks.get(name)!
    // Span corruption, which has no pairs, is in no mixture.
    rows.set(
      name,
      convertedRows(prepared as Rows<PreparedPair>, (row) => ({ ...row, source: prefix + row.source })),
    )
  }
  return rows
}

interface NamedDraw {
  readonly start?: string
  readonly draw: MixtureDraw
}

async function drawsOf(
  mixture: StudyMixture,
  { chains }: Study,
  tokenizerOf: (start: Start) => Promise<string>,
  onNotice: (sentence: string) => void,
): Promise<NamedDraw[]> {
  if (mixture.by === 'rows') return [{ draw: {} }]
  const draws = new Map<string, NamedDraw>()
  for (const { start, lessons } of chains) {
    for (const { name, settings } of lessons) {
      if (name !== mixture.name) continue
      const { batch, limits } = settings
      if (mixture.by === 'updates') {
        draws.set(String(batch), { draw: { batch } })
        continue
      }
      const id = `${start.name} ${limits.source} ${limits.target}`
      if (draws.has(id)) continue
      try {
        draws.set(id, { start: start.name, draw: { tokens: { tokenizer: await tokenizerOf(start), limits } } })
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        onNotice(`The mixture "${mixture.name}" for start "${start.name}" is left out: ${error.message}`)
      }
    }
  }
  if (draws.size === 0) onNotice(`The mixture "${mixture.name}" is left out as no chain teaches it`)
  return [...draws.values()]
}

function reportOf(
  mixture: StudyMixture,
  rows: ReadonlyMap<string, Rows<PreparedPair>>,
  start: string | undefined,
  draw: MixtureDraw,
): MixtureReport {
  const { name, by, seed, repeat } = mixture
  return {
    name,
    by,
    seed,
    repeat,
    ...(start !== undefined && { start }),
    ...(draw.batch !== undefined && { batch: draw.batch }),
    parts: mixRows(mixture, rows, draw, 'train').receipt.map(({ part, leftOut, ...rest }) => ({
      task: part,
      leftOut: leftOut.length,
      ...rest,
    })),
  }
}
