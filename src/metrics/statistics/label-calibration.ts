import { type CalibrationQuality, calibrationQuality } from './calibration-quality.ts'
import { fitPlatt, type PlattScaling, plattProbability } from './platt.ts'

/** What a model says of the labels of a row, and which it has; both in the order of the classes. */
export interface JudgedLabels {
  readonly logOdds: readonly number[]
  readonly truths: readonly boolean[]
}

/** How a model's log-odds of labels become probabilities. */
export interface LabelCalibration {
  /** Rows that it was fitted to. */
  readonly rows: number
  /** `none`: the model's own are kept, as nothing else was better, or as labels are too few. */
  readonly fit: LabelFit
  /** One for each class, in order. */
  readonly scalings: readonly LabelScaling[]
  /** Of probabilities for rows that they were not fitted to: each fifth of the rows by the other four. */
  readonly quality: CalibrationQuality
  /** Of the model's own probabilities. */
  readonly uncalibrated: CalibrationQuality
  /** Of each label's share of the rows, whatever the row, also of those that the row is not among. */
  readonly constant: CalibrationQuality
}

/** What a scaling is fitted to: nothing, all labels together, or a label's own rows where it has enough. */
export type LabelFit = (typeof labelFits)[number]

/** The simpler first, which wins where they are equally good. */
const labelFits = ['none', 'all labels', 'label'] as const

export interface LabelScaling extends PlattScaling {
  readonly fittedTo: LabelFit
}

/** Rows with and without a label that it takes to fit one alone, and to fit any. */
const enoughForLabel = 15
const enoughForAll = 5
const folds = 5

/**
 * Calibrates a model's log-odds on rows whose labels are known, by Platt's method: all labels by one scaling, or each by its
 * own where it has enough rows with and without it, or not at all, whichever has the least Brier score by cross-fitting.
 *
 * @param classes how many labels there are
 */
export function calibrateLabels(rows: readonly JudgedLabels[], classes: number): LabelCalibration {
  const truths = rows.flatMap((row) => row.truths)
  const tried = labelFits.map((fit) => ({ fit, quality: calibrationQuality(crossFitted(rows, classes, fit), truths) }))
  const { fit, quality } = tried.reduce((best, one) => (one.quality.brier < best.quality.brier ? one : best))
  return {
    rows: rows.length,
    fit,
    scalings: fitLabels(rows, classes, fit),
    quality,
    uncalibrated: tried[0]!.quality,
    constant: calibrationQuality(crossCounted(rows, classes), truths),
  }
}

/** The probability of each label. */
export function labelProbabilities(scalings: readonly LabelScaling[], logOdds: readonly number[]): number[] {
  return logOdds.map((value, label) => plattProbability(scalings[label]!, value))
}

/** Leaves a model's log-odds as they are. */
const identityScaling: LabelScaling = { slope: 1, intercept: 0, fittedTo: 'none' }

function fitLabels(rows: readonly JudgedLabels[], classes: number, fit: LabelFit): LabelScaling[] {
  if (fit === 'none') return Array.from({ length: classes }, () => identityScaling)
  const pooled = fitWhere(
    rows.flatMap(({ logOdds }) => logOdds),
    rows.flatMap(({ truths }) => truths),
    enoughForAll,
  )
  const rest: LabelScaling = pooled === undefined ? identityScaling : { ...pooled, fittedTo: 'all labels' }
  if (fit === 'all labels') return Array.from({ length: classes }, () => rest)
  return Array.from({ length: classes }, (_, label) => {
    const own = fitWhere(
      rows.map(({ logOdds }) => logOdds[label]!),
      rows.map(({ truths }) => truths[label]!),
      enoughForLabel,
    )
    return own === undefined ? rest : { ...own, fittedTo: 'label' }
  })
}

function fitWhere(logOdds: readonly number[], truths: readonly boolean[], enough: number): PlattScaling | undefined {
  const positives = truths.filter(Boolean).length
  return Math.min(positives, truths.length - positives) < enough ? undefined : fitPlatt(logOdds, truths)
}

/** Each row's probabilities by what the rows of the other folds teach, in the order of the rows. */
function crossFitted(rows: readonly JudgedLabels[], classes: number, fit: LabelFit): number[] {
  const fitted = withoutEachFold(rows, (others) => fitLabels(others, classes, fit))
  return rows.flatMap(({ logOdds }, row) => labelProbabilities(fitted[row % folds]!, logOdds))
}

/** Each row's probabilities by how often the labels stand in the rows of the other folds. */
function crossCounted(rows: readonly JudgedLabels[], classes: number): number[] {
  const shares = withoutEachFold(rows, (others) =>
    Array.from({ length: classes }, (_, label) => shareOf(others, label)),
  )
  return rows.flatMap((_, row) => shares[row % folds]!)
}

function withoutEachFold<T>(rows: readonly JudgedLabels[], learn: (others: readonly JudgedLabels[]) => T): T[] {
  return Array.from({ length: folds }, (_, fold) => learn(rows.filter((_, row) => row % folds !== fold)))
}

/** Of no rows nothing is known. */
function shareOf(rows: readonly JudgedLabels[], label: number): number {
  return rows.length === 0 ? 0.5 : rows.filter(({ truths }) => truths[label]).length / rows.length
}
