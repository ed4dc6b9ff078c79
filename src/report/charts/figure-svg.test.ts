import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../base/random.ts'
import type { Axis, Curve, CurvePanel, CurvePoint, Figure, Panel } from './figure.ts'
import { figureCsv } from './figure-csv.ts'
import { figureSvg } from './figure-svg.ts'
import { orderedStyle, seriesStyle } from './series-style.ts'

const figure = (panels: readonly Panel[], more: Partial<Figure> = {}): Figure => ({
  name: 'figure-1',
  kind: 'loss',
  title: 'Loss',
  panels,
  legend: [],
  notes: [],
  data: { header: [], rows: [] },
  ...more,
})

const curve = (index: number, points: readonly CurvePoint[], more: Partial<Curve> = {}): Curve => ({
  style: seriesStyle(index),
  points,
  spread: 'band',
  marks: false,
  ...more,
})

const panel = (curves: readonly Curve[], x: Partial<Axis> = {}, y: Partial<Axis> = {}): CurvePanel => ({
  kind: 'curves',
  title: 'Training loss',
  x: { label: 'updates', scale: 'linear', ...x },
  y: { label: 'loss', scale: 'linear', ...y },
  curves,
  empty: 'Not finished yet',
})

const point = (x: number, y: number): CurvePoint => ({ x, y, low: y - 0.1, high: y + 0.1 })

/** Fails unless every element is closed in order and every attribute is in quotes. */
function expectWellFormed(svg: string): void {
  const open: string[] = []
  const rest = svg.replace(
    /<(\/?)([a-z]+)((?: [\w:-]+="[^"<]*")*)(\/?)>/gu,
    (_, end: string, name: string, __, alone: string) => {
      if (end !== '') expect(open.pop()).toBe(name)
      else if (alone === '') open.push(name)
      return ''
    },
  )
  expect(open).toEqual([])
  expect(rest).not.toMatch(/[<>]|&(?!(?:amp|lt|gt|quot|#39);)/u)
}

const numbersOf = (svg: string): string => svg.replace(/<(?:title|desc|text)[^>]*>[^<]*<\/\w+>/gu, '')

describe('figureSvg()', () => {
  it('names and describes itself, and escapes every text', () => {
    const nasty = '<script>"a" & \'b\'</script>\u0007'
    const svg = figureSvg(
      figure([{ ...panel([curve(0, [point(1, 2), point(2, 1)])], { label: nasty }), title: nasty }], {
        title: nasty,
        notes: [nasty],
        legend: [{ label: nasty, sample: 'line', style: seriesStyle(0), missing: false }],
      }),
    )
    expectWellFormed(svg)
    expect(svg).not.toContain('<script>')
    expect(svg).toMatch(/^<svg [^>]*role="img">\n<title>&lt;script&gt;[^<]*<\/title>\n<desc>[^<]+<\/desc>/u)
  })

  it('draws the same bytes for the same figure', () => {
    const random = seededRandom(5)
    const points = Array.from({ length: 480 }, (_, i) => point(i, random.uniform() * 3))
    const once = figure([panel([curve(0, points), curve(1, points)])])
    expect(figureSvg(structuredClone(once))).toBe(figureSvg(once))
  })

  it('places points by their axes: linear and log', () => {
    const at = (y: 'linear' | 'log'): number[] => {
      const three = [1, 10, 100].map((value) => ({ x: value, y: value, low: value, high: value }))
      const svg = figureSvg(figure([panel([curve(0, three, { marks: true })], { scale: y }, { scale: y })]))
      return Array.from(svg.matchAll(/<circle cx="[\d.]+" cy="([\d.]+)"/gu), ([, cy]) => Number(cy))
    }
    const log = at('log')
    expect(log).toHaveLength(3)
    expect(log[0]! - log[1]!).toBeCloseTo(log[1]! - log[2]!, 1)
    const linear = at('linear')
    expect((linear[0]! - linear[1]!) / (linear[1]! - linear[2]!)).toBeCloseTo(9 / 90, 1)
  })

  it('breaks a line where a value is no number', () => {
    const svg = figureSvg(
      figure([panel([curve(0, [point(1, 1), point(2, 2), point(3, Number.NaN), point(4, 2), point(5, 1)])])]),
    )
    const line = /<path d="([^"]+)" fill="none" stroke="#0072b2" stroke-width="1.8"/u.exec(svg)![1]!
    expect(line.match(/M/gu)).toHaveLength(2)
    expect(line.match(/L/gu)).toHaveLength(2)
  })

  it.each<[string, readonly CurvePoint[]]>([
    ['nothing', []],
    ['NaN alone', [point(1, Number.NaN), point(2, Number.NaN)]],
    ['infinite values', [point(1, Number.POSITIVE_INFINITY), point(2, Number.NEGATIVE_INFINITY)]],
    ['no places', [point(Number.NaN, 1)]],
  ])('says so where there is nothing to draw: %s', (_, points) => {
    const svg = figureSvg(figure([panel([curve(0, points)])]))
    expectWellFormed(svg)
    expect(svg).toContain('>Not finished yet</text>')
    expect(numbersOf(svg)).not.toMatch(/NaN|Infinity/u)
  })

  it('draws finite pictures of any values, on either scale', () => {
    const random = seededRandom(11)
    for (let round = 0; round < 300; round++) {
      const size = 10 ** Math.floor(random.uniform() * 30 - 15)
      const points = Array.from({ length: 1 + Math.floor(random.uniform() * 80) }, (_, i) => {
        const y = random.uniform() < 0.1 ? Number.NaN : (random.uniform() - (round % 3 === 0 ? 0.5 : 0)) * size
        const x = round % 5 === 0 ? i * size : i
        return { x, y, low: round % 7 === 0 ? y : y - size, high: y + size }
      })
      const scale = round % 2 === 0 ? 'log' : 'linear'
      const spread = round % 4 < 2 ? 'band' : 'whiskers'
      const svg = figureSvg(figure([panel([curve(0, points, { spread, marks: round % 3 === 1 })], {}, { scale })]))
      expect(numbersOf(svg)).not.toMatch(/NaN|Infinity|\d[eE][+-]?\d+[\s"LMZ]/u)
      expectWellFormed(svg)
    }
  })

  it('cuts off a steep beginning, and says where it begins', () => {
    const points = Array.from({ length: 200 }, (_, i) => point(i, i === 0 ? 40 : 2 - i / 200))
    expect(figureSvg(figure([panel([curve(0, points)])]))).toContain('>begins at up to 40')
    expect(figureSvg(figure([panel([curve(0, points.slice(1))])]))).not.toContain('begins at')
  })

  it('puts dots and bars in rows, and says what is missing', () => {
    const svg = figureSvg(
      figure([
        {
          kind: 'dots',
          title: 'exact',
          rows: [
            { label: 'a', style: seriesStyle(0), value: { x: 0, y: 0.4, low: 0.3, high: 0.5 } },
            { label: 'b', style: seriesStyle(1), value: undefined },
            { label: 'c', style: seriesStyle(2), value: { x: 0, y: Number.NaN, low: Number.NaN, high: Number.NaN } },
          ],
          empty: '',
        },
        {
          kind: 'bars',
          what: 'label',
          title: 'labels',
          bars: [
            { name: 'x', value: 40 },
            { name: 'y', value: 10 },
            { name: 'z', value: 0 },
          ],
        },
      ]),
    )
    expectWellFormed(svg)
    expect(svg).toContain('>not finished yet</text>')
    expect(svg).toContain('>no number</text>')
    const bars = Array.from(
      svg.matchAll(/<rect x="[\d.]+" y="[\d.]+" width="([\d.]+)" [^>]*fill="#0072b2"\/>/gu),
      ([, w]) => Number(w),
    )
    expect(bars).toHaveLength(3)
    expect(bars[0]! / bars[1]!).toBeCloseTo(4, 1)
    expect(bars[2]).toBe(0)
  })

  it('has no two names that read alike: of rows, bars, labels, panels and series', () => {
    const names = ['1e-4', '3e-4', '0.001'].map((rate) => {
      const others = 'a prefix that is long, and goes on for long, and for longer still'
      return `base → a2t → trader(prefix="${others}", learning_rate=${rate}, ${others}, trader=file)`
    })
    const drawn: readonly (readonly [Panel[], Figure['legend']])[] = [
      [
        [
          {
            kind: 'dots',
            title: 'exact',
            rows: names.map((label) => ({ label, style: seriesStyle(0), value: point(0, 1) })),
            empty: '',
          },
        ],
        [],
      ],
      [[{ kind: 'bars', what: 'label', title: 'labels', bars: names.map((name) => ({ name, value: 1 })) }], []],
      [[{ kind: 'matrix', title: 'labels', names, counts: names.map(() => [1, 2, 3]) }], []],
      [names.map((title) => ({ ...panel([]), title })), []],
      [[panel([])], names.map((label) => ({ label, sample: 'line', style: seriesStyle(0), missing: false }))],
    ]
    for (const [panels, legend] of drawn) {
      const svg = figureSvg(figure(panels, { legend }))
      const shown = new Set(Array.from(svg.matchAll(/>([^<>]*…[^<>]*)<\/text>/gu), ([, name]) => name))
      expect(shown.size).toBe(3)
    }
  })
})

describe('seriesStyle()', () => {
  it('tells 24 series apart, and neighbours by colour, dashes and mark', () => {
    const styles = Array.from({ length: 24 }, (_, i) => seriesStyle(i))
    expect(new Set(styles.map(({ colour, dashes }) => `${colour} ${dashes}`)).size).toBe(24)
    for (let i = 1; i < 24; i++) {
      for (const key of ['colour', 'dashes', 'mark'] as const) expect(styles[i]![key]).not.toBe(styles[i - 1]![key])
    }
  })

  it('orderedStyle() runs from dark to light', () => {
    const light = (colour: string): number =>
      [1, 3, 5].reduce((sum, at) => sum + Number.parseInt(colour.slice(at, at + 2), 16), 0)
    const values = Array.from({ length: 7 }, (_, i) => light(orderedStyle(i, 7).colour))
    expect(values).toEqual(values.toSorted((a, b) => a - b))
    expect(orderedStyle(0, 1).colour).toMatch(/^#[0-9a-f]{6}$/u)
  })
})

describe('figureCsv()', () => {
  it('quotes what needs it, keeps every digit, leaves out what is no number', () => {
    const data = {
      header: ['chain', 'loss'],
      rows: [
        ['a -> b(x=1, y=2)', 0.1 + 0.2],
        ['say "hi"', Number.NaN],
      ],
    }
    expect(figureCsv(data)).toBe('chain,loss\n"a -> b(x=1, y=2)",0.30000000000000004\n"say ""hi""",\n')
  })
})
