import { expect, it } from 'vitest'
import { seriesStyle } from '../../report/charts/series-style.ts'
import type { ArmCurves, PlotArm } from '../../report/page/plot-data.ts'
import { armLine, heightAt, nearestPoint } from './arm-line.ts'

const arm: PlotArm = {
  label: 'a',
  style: seriesStyle(0),
  log: 'a',
  perUpdate: { updates: 1, epochs: 0.5 },
  reach: undefined,
}
const log = {
  updates: [2, 4, 6],
  mean: [
    [3, null, 1],
    [5, 4, 2],
  ],
  low: [
    [2, 9, 0],
    [4, 3, 1],
  ],
  high: [
    [8, 9, 2],
    [6, 5, 3],
  ],
  gaps: 1,
}
const scores = { macro_f1: { updates: [3, 6], mean: [[0.25, 0.5]], gaps: 0 } }
const curves: ArmCurves = { seeds: [1, 2], train: log, validation: { updates: [], mean: [], gaps: 0 }, scores }
const choice = { log: 'train', axis: 'epochs', smoothing: 0, band: 'seeds' } as const

it('armLine() is the mean over seeds on the chosen axis, with a gap where a seed has none, and a band over seeds or single losses', () => {
  const line = armLine(arm, curves, choice)
  expect(line).toEqual({ x: [1, 2, 3], y: [4, null, 1.5], low: [3, null, 1], high: [5, null, 2] })
  expect(armLine(arm, curves, { ...choice, band: 'spikes' })).toMatchObject({ low: [2, 3, 0], high: [8, 9, 3] })
  expect(armLine(arm, curves, { ...choice, axis: 'tokens' }).x).toEqual([])
  expect(armLine(arm, curves, { ...choice, log: 'validation' }).x).toEqual([])
  expect(armLine(arm, curves, { ...choice, log: 'macro_f1' })).toMatchObject({ x: [1.5, 3], y: [0.25, 0.5] })
  expect(armLine(arm, curves, { ...choice, log: 'bleu' }).x).toEqual([])
})

it('heightAt() lies between points, and nowhere in a gap or outside', () => {
  const line = { x: [0, 10, 20, 30], y: [0, 5, null, 7], low: [], high: [] }
  const places = [-1, 0, 4, 10, 15, 20, 25, 30, 31]
  expect(places.map((place) => heightAt(line, place))).toEqual([null, 0, 2, 5, null, null, null, 7, null])
})

it('nearestPoint() is the number of the nearer one', () => {
  expect([-5, 4, 6, 99].map((place) => nearestPoint([0, 10, 20], place))).toEqual([0, 0, 1, 2])
  expect(nearestPoint([], 1)).toBe(-1)
})
