import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../base/random.ts'
import { type AdamWScalars, instantiateKernel } from './kernel.ts'

const GiB = 2 ** 30
// Pages are taken only where a test writes.
const memory = new WebAssembly.Memory({ initial: 65536, maximum: 65536 })
const kernel = instantiateKernel(memory)
const floats = (offset: number, n: number) => new Float32Array(memory.buffer, offset, n)
const bytes = (offset: number, n: number) => new Uint8Array(memory.buffer, offset, n)
const ints = (offset: number, n: number) => new Int32Array(memory.buffer, offset, n)

const scalars: AdamWScalars = {
  learningRate: 5e-4,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01,
  biasCorrection1: 1 - 0.9 ** 7,
  sqrtBiasCorrection2: Math.sqrt(1 - 0.999 ** 7),
  gradientScale: 0.37,
}

/** The update in float64 from float32 inputs; the clipped gradient is rounded as torch's clipping in place rounds it. */
function adamwFloat64(p: number, g: number, m: number, v: number, s: AdamWScalars) {
  const gradient = Math.fround(g * Math.fround(s.gradientScale))
  const newM = m + (gradient - m) * (1 - s.beta1)
  const newV = v * s.beta2 + (1 - s.beta2) * gradient * gradient
  const decayed = p * (1 - s.learningRate * s.weightDecay)
  const update = ((s.learningRate / s.biasCorrection1) * newM) / (Math.sqrt(newV) / s.sqrtBiasCorrection2 + s.epsilon)
  return {
    p: { value: decayed - update, scale: Math.abs(decayed) + Math.abs(update) },
    m: { value: newM, scale: Math.abs(m) + Math.abs(gradient) * (1 - s.beta1) },
    v: { value: newV, scale: newV },
  }
}

/** Four arrays of n from an offset on, filled with values as training makes them. */
function adamwArrays(offset: number, n: number, seed: number) {
  const random = seededRandom(seed)
  const stride = Math.ceil((n * 4) / 64) * 64
  const arrays = {
    parameter: offset,
    gradient: offset + stride,
    firstMoment: offset + 2 * stride,
    secondMoment: offset + 3 * stride,
  }
  const [p, g, m, v] = Object.values(arrays).map((at) => floats(at, n)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ]
  for (let i = 0; i < n; i++) {
    const size = 10 ** (-6 + 5 * random.uniform())
    p[i] = random.normal()
    g[i] = random.normal() * size
    m[i] = random.normal() * size * 0.3
    v[i] = size * size * random.uniform()
  }
  return { arrays, p, g, m, v, end: offset + 4 * stride }
}

describe('adamw()', () => {
  it('has relative error < 2e-7 against float64', () => {
    const n = 100_003
    const { arrays, p, g, m, v } = adamwArrays(64, n, 1)
    const expected = Array.from(p, (_, i) => adamwFloat64(p[i]!, g[i]!, m[i]!, v[i]!, scalars))
    kernel.adamw(arrays, n, scalars)
    let worst = 0
    expected.forEach((want, i) => {
      for (const [found, { value, scale }] of [
        [p[i]!, want.p],
        [m[i]!, want.m],
        [v[i]!, want.v],
      ] as const) {
        worst = Math.max(worst, Math.abs(found - value) / scale)
      }
    })
    expect(worst).toBeLessThan(2e-7)
    expect(worst).toBeGreaterThan(1e-9)
  })

  it('moves zero parameters with zero moments by the learning rate at the first update', () => {
    const first = { ...scalars, biasCorrection1: 1 - 0.9, sqrtBiasCorrection2: Math.sqrt(1 - 0.999), gradientScale: 1 }
    const { arrays, p, g, m, v } = adamwArrays(64, 3, 2)
    p.fill(0)
    m.fill(0)
    v.fill(0)
    g.set([0.25, -3, 0])
    kernel.adamw(arrays, 3, first)
    expect(p[0]!).toBeCloseTo(-5e-4, 9)
    expect(p[1]!).toBeCloseTo(5e-4, 9)
    expect(p[2]!).toBe(0)
  })

  it('gives the same at every length and every place, and writes nothing behind the end', () => {
    const { arrays, p, m, v } = adamwArrays(64, 16, 3)
    const starts = [p, m, v].map((array) => array.slice())
    kernel.adamw(arrays, 16, scalars)
    const whole = [p, m, v].map((array) => array.slice())
    for (let n = 0; n <= 13; n++) {
      ;[p, m, v].forEach((array, i) => {
        array.set(starts[i]!)
      })
      kernel.adamw(arrays, n, scalars)
      ;[p, m, v].forEach((array, i) => {
        expect(array.subarray(0, n)).toEqual(whole[i]!.subarray(0, n))
        expect(array.subarray(n)).toEqual(starts[i]!.subarray(n))
      })
    }
  })

  it('carries NaN and infinity where they are, and nowhere else', () => {
    const { arrays, p, g, m, v } = adamwArrays(64, 9, 4)
    g[1] = Number.NaN
    g[6] = Number.POSITIVE_INFINITY
    p[8] = Number.NEGATIVE_INFINITY
    kernel.adamw(arrays, 9, scalars)
    expect([...p].map(Number.isFinite)).toEqual([true, false, true, true, true, true, false, true, false])
    expect([m[1], v[1]]).toEqual([Number.NaN, Number.NaN])
    expect([m[6], v[6]]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])
    expect([...m, ...v].filter(Number.isFinite)).toHaveLength(14)
  })

  it.each([2 * GiB - 128, 2 * GiB + 64, 3.9 * GiB, 4 * GiB - 4 * 4224])('works at offset %d', (offset) => {
    const at = Math.floor(offset / 64) * 64
    const low = adamwArrays(64, 1049, 5)
    const high = adamwArrays(at, 1049, 5)
    expect(high.p).toEqual(low.p)
    kernel.adamw(low.arrays, 1049, scalars)
    kernel.adamw(high.arrays, 1049, scalars)
    expect(high.p).toEqual(low.p)
    expect(high.v).toEqual(low.v)
    high.p.fill(0)
    high.v.fill(0)
    // The last case ends with the memory itself: an end address of 2^32.
    if (offset > 3.95 * GiB) expect(high.end).toBe(2 ** 32)
  })
})

describe('adamwRows()', () => {
  it('leaves the moments of rows that were never touched unread', () => {
    const { arrays, p, m } = adamwArrays(64, 10, 7)
    bytes(1024, 2).set([0, 1])
    m.fill(Number.NaN)
    kernel.adamwRows(arrays, { rows: 2, width: 5 }, 1024, scalars)
    expect([...p].map(Number.isNaN)).toEqual([...Array(5).fill(false), ...Array(5).fill(true)])
  })

  it.each([0, 0.01])('equals adamw() on the whole table bit for bit with weight decay %d', (weightDecay) => {
    const [rows, width] = [37, 13]
    const settings = { ...scalars, weightDecay }
    const whole = adamwArrays(64, rows * width, 6)
    const byRow = adamwArrays(2 ** 20, rows * width, 6)
    const touched = bytes(2 ** 21, rows)
    for (let row = 0; row < rows; row++) {
      touched[row] = row % 3 === 0 ? 1 : 0
      if (touched[row]) continue
      for (const { g, m, v } of [whole, byRow]) {
        for (const array of [g, m, v]) array.fill(0, row * width, (row + 1) * width)
      }
    }
    for (let i = 0; i < 3; i++) {
      kernel.adamw(whole.arrays, rows * width, settings)
      kernel.adamwRows(byRow.arrays, { rows, width }, 2 ** 21, settings)
    }
    expect(byRow.p).toEqual(whole.p)
    expect(byRow.m).toEqual(whole.m)
    expect(byRow.v).toEqual(whole.v)
  })
})

describe('sumOfSquares()', () => {
  it.each([0, 1, 3, 7, 8, 9, 1_000_003])('has relative error < 1e-6 against float64 for %d elements', (n) => {
    const random = seededRandom(n)
    const x = floats(64, n)
    let expected = 0
    for (let i = 0; i < n; i++) {
      x[i] = random.normal() * 10 ** (4 * random.uniform() - 6)
      expected += x[i]! ** 2
    }
    expect(Math.abs(kernel.sumOfSquares(64, n) - expected)).toBeLessThanOrEqual(1e-6 * expected)
  })

  it('does not overflow, and tells NaN and infinity', () => {
    const x = floats(64, 11).fill(3e38)
    expect(kernel.sumOfSquares(64, 11) / (11 * Math.fround(3e38) ** 2)).toBeCloseTo(1, 12)
    for (const [bad, at] of [
      [Number.NaN, 2],
      [Number.NaN, 10],
      [Number.POSITIVE_INFINITY, 5],
    ] as const) {
      x.fill(1)
      x[at] = bad
      expect(kernel.sumOfSquares(64, 11)).toBe(bad)
    }
  })

  it('sumOfSquaresRows() adds up the listed rows only', () => {
    floats(4 * GiB - 5 * 3 * 4, 15).set([9, 9, 9, 1, 2, 3, 9, 9, 9, 4, 5, 6, 1, 1, 1])
    ints(64, 3).set([4, 1, 3])
    expect(kernel.sumOfSquaresRows(4 * GiB - 60, 3, { list: 64, count: 3 })).toBe(14 + 77 + 3)
  })
})

describe('scatterAddRows()', () => {
  const table = { rows: 6, width: 5 }
  const high = 3.5 * GiB

  it('adds repeated rows in order and lists each touched row once', () => {
    const target = floats(high, 30).fill(0)
    const source = floats(1024, 20)
    source.forEach((_, i) => {
      source[i] = 10 ** (i % 5) * (1 + Math.floor(i / 5))
    })
    ints(64, 4).set([5, 2, 5, 0])
    bytes(128, 6).fill(0)
    ints(192, 6).fill(-1)
    const tracking = { touched: 128, list: 192, count: 0 }
    expect(kernel.scatterAddRows(high, table, 64, 4, 1024, 0.5, tracking)).toBe(3)
    expect([...target]).toEqual([
      ...[2, 20, 200, 2000, 20000, 0, 0, 0, 0, 0, 1, 10, 100, 1000, 10000],
      ...[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 20, 200, 2000, 20000],
    ])
    expect([...ints(192, 4)]).toEqual([5, 2, 0, -1])

    ints(64, 2).set([2, 3])
    expect(kernel.scatterAddRows(high, table, 64, 2, 1024, 1, { ...tracking, count: 3 })).toBe(4)
    kernel.zeroRows(high, 5, { list: 192, count: 4 }, 128)
    expect([...target].every((value) => value === 0)).toBe(true)
    expect([...bytes(128, 6)]).toEqual([1, 0, 1, 1, 0, 1])
    expect(kernel.scatterAddRows(high, table, 64, 2, 1024, 1, tracking)).toBe(2)
    target.fill(0)
  })

  it('adds up in float32 in the order given', () => {
    const target = floats(64, 1).fill(0)
    floats(128, 3).set([2 ** 24, 1, 1])
    ints(192, 3).fill(0)
    kernel.scatterAddRows(64, { rows: 1, width: 1 }, 192, 3, 128, 1)
    expect(target[0]).toBe(2 ** 24)
  })

  it.each([6, -1, 2 ** 31 - 1])('refuses row %d of 6', (row) => {
    ints(64, 1).fill(row)
    expect(() => kernel.scatterAddRows(1024, table, 64, 1, 2048, 1)).toThrow(/outside the table of 6 rows/)
  })
})

describe('zeroRows()', () => {
  it('zeroes the listed rows and no others', () => {
    const y = floats(64, 16).fill(0.25)
    ints(128, 2).set([3, 0])
    kernel.zeroRows(64, 3, { list: 128, count: 2 })
    expect([...y].map((value) => value * 4)).toEqual([0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1])
  })
})

describe('dropoutBytes()', () => {
  const stream = { seed: 42, step: 3, site: 5 }
  const draw = (n: number, p: number, of = stream) => {
    kernel.dropoutBytes(64, n, p, of)
    return bytes(64, n).slice()
  }

  it('keeps within 0.1 % of the wanted share of 10 million elements', () => {
    const n = 10_000_000
    for (const p of [0.1, 0.3, 0.5, 1 / 65536]) {
      let kept = 0
      for (const bit of draw(n, p)) kept += bit
      expect(Math.abs(kept / n - (1 - p))).toBeLessThan(0.001 * (1 - p))
    }
  })

  it('writes 0 and 1, and nothing beyond the last sixteen', () => {
    for (const n of [1, 15, 16, 17, 1003]) {
      bytes(4096, 1024).fill(9)
      kernel.dropoutBytes(4096, n, 0.3, stream)
      expect([...bytes(4096, n)]).toEqual([...draw(1003, 0.3)].slice(0, n))
      const end = Math.ceil(n / 16) * 16
      expect([...bytes(4096 + end, 1024 - end)].every((byte) => byte === 9)).toBe(true)
    }
    expect(new Set(draw(1003, 0.3))).toEqual(new Set([0, 1]))
  })

  it('stays the same from release to release', () => {
    expect(draw(64, 0.5).join('')).toMatchInlineSnapshot(
      `"0011111011001001110000110010000011001001110010101000001111000110"`,
    )
    expect(draw(64, 0.5, { seed: -(2 ** 40) - 1, step: 4_000_000_000, site: 9 }).join('')).toMatchInlineSnapshot(
      `"1110001010011001100100111000000111001101100111001011111110011010"`,
    )
  })

  it('drops nothing at 0 and refuses 1', () => {
    expect(draw(1000, 0).every((bit) => bit === 1)).toBe(true)
    expect(() => draw(1, 1)).toThrow(/probability 1/)
    expect(() => draw(1, Number.NaN)).toThrow(/probability NaN/)
    expect(() => draw(1, 0.1, { ...stream, seed: 0.5 })).toThrow(/safe integer/)
  })

  it.each([
    [0.5, 2],
    [0.5, 4],
    [0.5, 12],
    [0.1, 2],
    [0.1, 4],
    [0.3, 8],
  ])('with probability %d passes chi-square on tuples of %d neighbours', (p, size) => {
    const bits = draw(4_000_000, p)
    const counts = new Float64Array(2 ** size)
    for (let i = 0; i + size <= bits.length; i += size) {
      let word = 0
      for (let j = 0; j < size; j++) word = word * 2 + bits[i + j]!
      counts[word]!++
    }
    const total = Math.floor(bits.length / size)
    const chiSquare = counts.reduce((sum, count, word) => {
      const kept = word.toString(2).replaceAll('0', '').length
      const expected = total * (1 - p) ** kept * p ** (size - kept)
      return sum + (count - expected) ** 2 / expected
    }, 0)
    // Six standard deviations round the mean of the distribution: by chance once in 10^6 or less.
    const freedom = counts.length - 1
    expect(Math.abs(chiSquare - freedom)).toBeLessThan(6 * Math.sqrt(2 * freedom))
  })

  it.each([1, 2, 4, 8, 16, 64, 512, 1024, 65536])('has no correlation between elements %d apart', (distance) => {
    for (const p of [0.5, 0.1]) {
      const bits = draw(2_000_000, p)
      let both = 0
      for (let i = 0; i + distance < bits.length; i++) both += bits[i]! & bits[i + distance]!
      const pairs = bits.length - distance
      const correlation = (both / pairs - (1 - p) ** 2) / (p * (1 - p))
      // The mean of the products also moves with the kept share, twice as far.
      expect(Math.abs(correlation)).toBeLessThan(6 * Math.sqrt((1 + (2 * (1 - p)) / p) / pairs))
    }
  })

  it('gives unrelated masks to neighbouring seeds, steps and sites', () => {
    const n = 200_000
    const streams = [stream]
    for (let i = 1; i <= 6; i++) {
      streams.push({ ...stream, seed: 42 + i }, { ...stream, seed: 42 + i * 2 ** 32 })
      streams.push({ ...stream, step: 3 + i }, { ...stream, site: 5 + i }, { ...stream, step: 3 + i, site: 5 - i })
    }
    const masks = streams.map((of) => draw(n, 0.5, of))
    for (let a = 0; a < masks.length; a++) {
      for (let b = 0; b < a; b++) {
        let equal = 0
        for (let i = 0; i < n; i++) equal += masks[a]![i] === masks[b]![i] ? 1 : 0
        expect(Math.abs(equal - n / 2)).toBeLessThan(6 * Math.sqrt(n / 4))
      }
    }
  })
})

describe('kernel.wasm', () => {
  it('is what kernel.as.ts compiles to', () => {
    const script = fileURLToPath(new URL('../../../../scripts/build-kernel.mjs', import.meta.url))
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })
})
