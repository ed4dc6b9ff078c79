import type { SeriesStyle } from './series-style.ts'

/** A figure before it is drawn: panels side by side, one legend, and the numbers behind it. */
export interface Figure {
  /** Its file's name without the ending: `figure-2-loss-a2t`. */
  readonly name: string
  readonly kind: 'loss' | 'scores' | 'labels' | 'confusion'
  readonly title: string
  /** The title is not drawn. */
  readonly untitled?: true
  readonly panels: readonly Panel[]
  readonly legend: readonly LegendEntry[]
  /** What must be known to read it: smoothing, bands, what is missing. One sentence each. */
  readonly notes: readonly string[]
  readonly data: FigureData
}

export interface LegendEntry {
  readonly label: string
  readonly sample: 'line' | 'line with mark'
  readonly style: SeriesStyle
  /** Nothing of it is drawn yet. */
  readonly missing: boolean
}

/** Numbers behind a figure, a row each. */
export interface FigureData {
  readonly header: readonly string[]
  readonly rows: readonly (readonly (string | number)[])[]
}

export type Panel = CurvePanel | DotPanel | BarPanel | MatrixPanel

/** Lines over a common axis. */
export interface CurvePanel {
  readonly kind: 'curves'
  /** What the vertical axis counts, with its unit. */
  readonly title: string
  readonly x: Axis
  readonly y: Axis
  readonly curves: readonly Curve[]
  /** Said in the middle of a panel that has nothing to draw. */
  readonly empty: string
}

export interface Axis {
  readonly label: string
  readonly scale: 'linear' | 'log'
  /** Where marks are wanted, instead of round numbers. */
  readonly ticks?: readonly number[]
}

/** One line; values that are no numbers leave gaps. */
export interface Curve {
  readonly style: SeriesStyle
  readonly points: readonly CurvePoint[]
  /** Drawn faintly behind the line: what it was smoothed from. */
  readonly raw?: readonly Point[]
  /** How the spread over seeds is shown. */
  readonly spread: 'band' | 'whiskers'
  /** Each point has a mark, in its own style where it has one. */
  readonly marks: boolean
}

export interface Point {
  readonly x: number
  readonly y: number
}

/** The mean over seeds, and the lowest and highest of them. */
export interface CurvePoint extends Point {
  readonly low: number
  readonly high: number
  readonly style?: SeriesStyle
}

/** One value a row, such as a score of each chain. */
export interface DotPanel {
  readonly kind: 'dots'
  readonly title: string
  readonly rows: readonly {
    readonly label: string
    readonly style: SeriesStyle
    readonly value: CurvePoint | undefined
  }[]
  readonly empty: string
}

/** How often things occur. */
export interface BarPanel {
  readonly kind: 'bars'
  readonly title: string
  /** What bars stand for. */
  readonly what: string
  readonly bars: readonly { readonly name: string; readonly value: number }[]
}

/** How often things occur together. */
export interface MatrixPanel {
  readonly kind: 'matrix'
  readonly title: string
  /** Of the rows, and of the columns. */
  readonly names: readonly string[]
  readonly counts: readonly (readonly number[])[]
}
