import type { Figure, Panel } from '../charts/figure.ts'
import type { SeriesStyle } from '../charts/series-style.ts'

/** The figures of a page, and the logs that they draw; a log stands once, however many figures draw it. */
export interface PagePlots {
  readonly figures: readonly PageFigure[]
  readonly logs: Readonly<Record<string, ArmCurves>>
}

export type PageFigure = LessonFigure | DrawnFigure

interface FigureHead {
  readonly name: string
  readonly title: string
  readonly notes: readonly string[]
}

/** Losses of lessons, which the reader can draw in several ways. */
export interface LessonFigure extends FigureHead {
  readonly kind: 'lessons'
  readonly arms: readonly PlotArm[]
  /** What the study asks for at first. */
  readonly log: LogName
  readonly x: PlotAxis
  readonly scale: 'linear' | 'log'
}

/** Anything else, as it is drawn on paper. */
export interface DrawnFigure extends FigureHead {
  readonly kind: 'drawn'
  readonly panels: readonly Panel[]
  readonly legend: Figure['legend']
}

export type LogName = 'train' | 'validation'
export type PlotAxis = 'updates' | 'tokens' | 'epochs' | 'minutes'

export interface PlotArm {
  readonly label: string
  readonly style: SeriesStyle
  /** In {@link PagePlots.logs}. */
  readonly log: string
  /** What one update is on each axis; absent where it is not known. */
  readonly perUpdate: { readonly [Axis in PlotAxis]?: number }
  /** When it is for the first time as good as the fresh start at its best. */
  readonly reach: PlotReach | undefined
}

export interface PlotReach {
  /** Of the last lesson, mean over seeds; absent where one of them does not get there. */
  readonly updates: number | undefined
  /** The whole sentence. */
  readonly sentence: string
}

/** An arm's losses, all seeds at the same updates. */
export interface ArmCurves {
  readonly seeds: readonly number[]
  readonly train: ThinLog
  readonly validation: ThinLog
  /** Scores of answers to validation rows, by name, where its lesson was evaluated by any. */
  readonly scores: Readonly<Record<string, ThinLog>>
}

/**
 * A log of at most some hundred stretches. Each has the mean of its values, and the lowest and highest of them where it stands
 * for more than one: so no spike is lost.
 */
export interface ThinLog {
  /** The last update of each stretch. */
  readonly updates: readonly number[]
  /** By seed; `null` where there is no finite value. */
  readonly mean: readonly (readonly (number | null)[])[]
  readonly low?: readonly (readonly (number | null)[])[]
  readonly high?: readonly (readonly (number | null)[])[]
  /** Updates whose loss is no finite number. */
  readonly gaps: number
}
