import type { SeriesStyle } from '../../report/charts/series-style.ts'
import { seriesStyleColour } from './line-chart.ts'

const svg = 'http://www.w3.org/2000/svg'

/** A piece of a line as a chart draws it, for its legend. */
export function styleSample(style: SeriesStyle): SVGElement {
  const picture = document.createElementNS(svg, 'svg')
  const line = document.createElementNS(svg, 'line')
  const set = (element: SVGElement, attributes: Readonly<Record<string, string>>): void => {
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  }
  set(picture, { width: '28', height: '10', viewBox: '0 0 28 10', 'aria-hidden': 'true' })
  set(line, { x1: '1', y1: '5', x2: '27', y2: '5', 'stroke-width': '2.5' })
  line.style.stroke = seriesStyleColour(style)
  if (style.dashes !== '') line.setAttribute('stroke-dasharray', style.dashes)
  picture.append(line)
  return picture
}
