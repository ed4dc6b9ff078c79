import { plural } from '../../base/plural.ts'
import type { ExampleArm, ExampleRow, ExampleSet, PageExamples } from './example-data.ts'
import { pack } from './page-html.ts'

/**
 * Packs examples for a page. Where they take more than so many letters, each chain's first seed stands for it; where that is too
 * much as well, the first rows of each task are shown, as many as there is room for. A note says what was left out.
 */
export function packExamples(examples: PageExamples, most: number): string {
  const all = pack(examples)
  if (all.length <= most) return all
  const { sets } = examples
  const ofOneSeed = sets.map(firstSeeds)
  let note =
    'For the size of this file each chain is shown with one seed; predictions.jsonl of the other steps has the rest.'
  let packed = pack({ sets: ofOneSeed, notes: [note] })
  for (let rows = Math.max(...sets.map((set) => set.rows.length)); packed.length > most && rows > 1; ) {
    rows = Math.floor(rows * Math.min(0.9, most / packed.length))
    note = `For the size of this file each chain is shown with one seed, and the first ${plural(rows, 'test row')} of each task; predictions.jsonl of the steps has the rest.`
    packed = pack({ sets: ofOneSeed.map((set) => firstRows(set, rows)), notes: [note] })
  }
  return packed
}

function firstSeeds(set: ExampleSet): ExampleSet {
  const seen = new Set<string>()
  const arms = set.arms.filter(({ chain }) => !seen.has(chain) && seen.add(chain))
  return withArms(set, arms)
}

function firstRows(set: ExampleSet, count: number): ExampleSet {
  const arms = set.arms.map((arm) => ({ ...arm, given: arm.given.slice(0, count) }))
  return { ...set, arms, rows: set.rows.slice(0, count) }
}

/** The set with some of its arms, and no answers but theirs. */
function withArms(set: ExampleSet, arms: readonly ExampleArm[]): ExampleSet {
  const places = set.rows.map((_, at) => [...new Set(arms.map(({ given }) => given[at]!))])
  const rows = set.rows.map(
    (row, at): ExampleRow => ({ ...row, answers: places[at]!.map((place) => row.answers[place]!) }),
  )
  const renumbered = arms.map((arm) => ({ ...arm, given: arm.given.map((place, at) => places[at]!.indexOf(place)) }))
  return { ...set, arms: renumbered, rows }
}
