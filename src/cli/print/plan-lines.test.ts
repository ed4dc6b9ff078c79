import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type CheckedStudy, readStudy } from '../../study/file/read-study.ts'
import { assumedInputs } from '../../study/plan/inputs.ts'
import { planStudy } from '../../study/plan/plan.ts'
import { wrapLine } from './fit/wrap-line.ts'
import { type PlannedStep, type PlanReport, planLines } from './plan-lines.ts'

const paper = new URL('../../../examples/paper.yaml', import.meta.url).pathname
const { study } = readStudy(readFileSync(paper, 'utf8'), paper) as CheckedStudy

/** The paper's steps, each lesson of which takes 1000 updates, an hour, 4 GB memory and 1 GB disk. */
const steps = [...planStudy(study, assumedInputs()).steps.values()].map((step): PlannedStep => {
  const isTaught = step.kind === 'teach'
  const took = { updates: 1000, secondsPerUpdate: 3.6, seconds: 3600, peakMemoryBytes: 4e9, diskBytes: 1e9 }
  return { step, finished: false, atMost: false, ...(isTaught ? took : {}) }
})
const totals = { updates: 57_000, seconds: 205_200, unknown: 0, peakMemoryBytes: 4e9, diskBytes: 57e9 }
const sentences = Array.from({ length: 6 }, (_, i) => `${i} updates in the last lesson of mt5 -> mixed; none in others`)
const report: PlanReport = {
  counts: 'paper: 19 chains',
  steps,
  totals,
  jobs: 1,
  differences: ['Table 1', 'Table 2'].map((title) => ({ title, sentences })),
}
const small = { ...report, steps: steps.slice(0, 7), differences: [] }

const widest = (lines: readonly string[]): number => Math.max(...lines.map((line) => line.length))
const row = (lines: readonly string[], start: string): string[] | undefined =>
  lines
    .find((line) => line.startsWith(start))
    ?.slice(start.length)
    .trim()
    .split(/ {2,}/u)

describe('planLines()', () => {
  it('begins with what the plan takes in all', () => {
    const first = (more: Partial<PlanReport>): string => planLines({ ...report, ...more }, false, 80)[0]!
    expect(first({})).toBe('About 2 d 9 h, 4.0 GB memory, 57.0 GB disk: 57000 updates to make')
    expect(first({ jobs: 2, totals: { ...totals, unknown: 3 } })).toBe(
      'About 2 d 9 h and 3 lessons not measured, 4.0 GB memory a step, 57.0 GB disk: 57000 updates to make',
    )
    const bare = { ...totals, seconds: 0, peakMemoryBytes: 0, diskBytes: 0 }
    expect(first({ totals: bare, steps: steps.map((one) => ({ ...one, atMost: true })) })).toBe(
      'At most 57000 updates to make',
    )
    expect(first({ steps: steps.map((one) => ({ ...one, finished: true })) })).toBe('Nothing is left to do')
    const without = ({ updates: _, ...one }: PlannedStep): PlannedStep => one
    const uncounted = steps.map((one, at) => (at % 2 === 0 ? without(one) : one))
    expect(first({ steps: uncounted })).toMatch(
      /: 57000 updates to make, and those of \d+ lessons are not known, as their rows are divided by shares and not prepared yet$/u,
    )
    const none = steps.map(without)
    expect(first({ steps: none, totals: { ...bare, updates: 0 } })).toBe(
      'Updates to make: those of 54 lessons are not known, as their rows are divided by shares and not prepared yet',
    )
  })

  it.each([60, 80, 120])('sums a long plan up in a screen of %d columns', (width) => {
    const lines = planLines(report, false, width)
    expect(lines.length).toBeLessThan(40)
    expect(row(lines, 'teach mt5 -> res -> a2t ')?.slice(0, 4)).toEqual(['3', '3000', '3 h', '4.0 GB'])
    expect(lines[3]).toMatch(width === 60 ? / memory$/u : / memory +disk$/u)
    expect(row(lines, 'teach 6 more ')?.slice(0, 3)).toEqual(['18', '18000', '18 h'])
    expect(row(lines, 'evaluate ')).toEqual(['57'])
    // Each of the sentences once, and no more than four of them.
    expect(lines.filter((line) => line.startsWith('- '))).toHaveLength(4)
    expect(lines.slice(-2)).toEqual(['and 2 more', '--all: every step, with all that is known of it'])
  })

  it.each([40, 60, 80, 120])('fits %d columns and breaks no word', (width) => {
    for (const all of [false, true]) {
      const fitted = [small, { ...report, differences: [] }]
        .flatMap((one) => planLines(one, all, width).slice(2, -1))
        .flatMap((line) => wrapLine(line, width))
      expect(widest(fitted)).toBeLessThanOrEqual(width)
      const words = new Set(fitted.join(' ').split(/\s+/u))
      expect([...words]).toEqual(expect.arrayContaining(['teach', 'evaluate', 'prepare', '->']))
    }
  })

  it('shows every step of a small plan, and with --all of any, in lists where a table has no room', () => {
    const lines = planLines(small, false, 120)
    expect(lines).toHaveLength(3 + 1 + 7)
    expect(row(lines, 'teach mt5 -> a2t, seed 42')).toEqual(['1000', '3.60', '1 h', '4.0 GB', '1.0 GB'])
    for (const width of [60, 120]) {
      const text = planLines(report, true, width).join('\n')
      for (const { step } of steps.filter(({ step }) => step.kind === 'teach')) expect(text).toContain(step.label)
    }
    expect(planLines(report, true, 60)).toContain('    1000 updates, 3.60 s each, 1 h, 4.0 GB memory, 1.0 GB disk')
  })

  it('counts what is finished of lessons that are summed up', () => {
    const some = steps.map((one) => ({ ...one, finished: one.step.label === 'teach mt5 -> a2t, seed 43' }))
    expect(row(planLines({ ...report, steps: some }, false, 120), 'teach mt5 -> a2t ')?.[0]).toBe('3, 1 finished')
  })
})
