import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { findFont } from '../find-font.ts'
import type { Figure } from './figure.ts'
import { figurePdf, foreignLetters } from './figure-pdf.ts'
import { figureSvg } from './figure-svg.ts'
import { seriesStyle } from './series-style.ts'

const figure = (label: string): Figure => ({
  name: 'figure-1',
  kind: 'loss',
  title: 'Loss “±” & more',
  panels: [
    {
      kind: 'curves',
      title: 'loss',
      x: { label: 'updates', scale: 'linear' },
      y: { label: 'loss', scale: 'linear' },
      curves: [
        {
          style: seriesStyle(1),
          points: [1, 2, 3].map((x) => ({ x, y: 4 / x, low: 3 / x, high: 5 / x })),
          spread: 'band',
          marks: true,
        },
      ],
      empty: '',
    },
    { kind: 'bars', title: 'labels', what: 'label', bars: [{ name: label, value: 3 }] },
  ],
  legend: [{ label, sample: 'line with mark', style: seriesStyle(1), missing: false }],
  notes: [],
  data: { header: [], rows: [] },
})

describe('figurePdf()', () => {
  it('is a page as large as the image, without pictures in it, the same bytes each time', async () => {
    const svg = figureSvg(figure('mt5 -> res'))
    const { bytes, missing } = await figurePdf(svg)
    const [, width, height] = /<svg[^>]* width="(\d+)" height="(\d+)"/u.exec(svg)!
    const text = bytes.toString('latin1')
    expect(text.startsWith('%PDF-')).toBe(true)
    expect(text).toContain(`/MediaBox [0 0 ${width} ${height}]`)
    expect(text).not.toContain('/Subtype /Image')
    expect(missing).toEqual([])
    await new Promise((resolve) => setTimeout(resolve, 1100))
    expect((await figurePdf(svg)).bytes.equals(bytes)).toBe(true)
  })

  it('knows every element that figures have', () => {
    const svg = figureSvg(figure('a'))
    const tags = new Set(Array.from(svg.matchAll(/<(\w+)/gu), ([, tag]) => tag))
    const known = ['circle', 'desc', 'g', 'path', 'rect', 'svg', 'text', 'title']
    expect([...tags].filter((tag) => !known.includes(tag!))).toEqual([])
  })

  it('names the letters that no font has, but writes an arrow of two signs', async () => {
    const svg = figureSvg(figure('mt5 → 评论'))
    expect(foreignLetters(svg)).toEqual(['→', '评', '论'])
    expect((await figurePdf(svg)).missing).toEqual(['评', '论'])
    expect(foreignLetters(figureSvg(figure('é – … ×')))).toEqual([])
  })

  it('embeds a font of the system for letters that Helvetica lacks', async (context) => {
    const font = await findFont(['→'])
    if (font === undefined) return context.skip('no font of this system has an arrow')
    expect(existsSync(font.path)).toBe(true)
    const { bytes, missing } = await figurePdf(figureSvg(figure('mt5 → res')), font)
    expect(missing).toEqual([])
    expect(bytes.toString('latin1')).toMatch(/\/FontFile[23]/)
  })

  it('asks for no font where Helvetica has every letter', async () => {
    expect(await findFont([])).toBeUndefined()
  })
})
