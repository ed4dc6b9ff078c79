/** How a series looks: colour, dashes and mark each tell it from its neighbours, for readers who see no colours. */
export interface SeriesStyle {
  readonly colour: string
  /** An SVG `stroke-dasharray`; empty: an unbroken line. */
  readonly dashes: string
  readonly mark: 'circle' | 'square' | 'triangle' | 'diamond'
}

// Okabe and Ito's palette for colour-blind readers; its yellow is left out as it does not show on white.
const palette = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#8c6d31']
const dashes = ['', '7 3', '2 2.5', '9 3 2 3', '13 4', '5 2 1.5 2 1.5 2']
const marks = ['circle', 'square', 'triangle', 'diamond'] as const
// From dark blue to orange: the order shows in grey as well.
const ramp = ['#0d0887', '#7e03a8', '#cc4778', '#f08a3c']

/** The look of the series at `index`: 24 are different, and neighbours differ in everything. */
export function seriesStyle(index: number): SeriesStyle {
  return {
    colour: palette[index % palette.length]!,
    dashes: dashes[index % dashes.length]!,
    mark: marks[index % marks.length]!,
  }
}

/** The look of a series that stands for one of `count` rising values: colours in order. */
export function orderedStyle(index: number, count: number): SeriesStyle {
  return { ...seriesStyle(index), colour: rampColour(count < 2 ? 0 : index / (count - 1)) }
}

function rampColour(share: number): string {
  const at = share * (ramp.length - 1)
  const below = Math.min(Math.floor(at), ramp.length - 2)
  const channel = (colour: string, from: number): number => Number.parseInt(colour.slice(from, from + 2), 16)
  const mixed = [1, 3, 5].map((from) => {
    const [low, high] = [channel(ramp[below]!, from), channel(ramp[below + 1]!, from)]
    return Math.round(low + (high - low) * (at - below))
  })
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`
}
