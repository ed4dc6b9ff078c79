import { readSealedJson, writeSealedJson } from '../../content/sealed-json.ts'
import { sha256Of } from '../../content/sha256.ts'
import type { ExampleStatistics } from '../../metrics/metric.ts'
import {
  type Comparison,
  compareArm,
  compareOnSplits,
  correctComparisons,
  type RawComparison,
} from '../../metrics/statistics/compare-arms.ts'
import type { Side } from '../../metrics/statistics/crossed-test.ts'
import type { StepKey } from '../../study/keys.ts'
import type { Plan } from '../../study/plan/plan.ts'
import type { Store } from '../../study/store/store.ts'
import {
  type Arm,
  type Arms,
  baselineOf,
  readArms,
  type ScoreColumn,
  type SeedResult,
  tableRequests,
  taskRequests,
} from './arms.ts'
import { candidatesOf } from './candidates.ts'
import type { Evaluations } from './evaluations.ts'
import { areOneModel } from './repeated-models.ts'

/** Two arms to be compared, each with all of its finished seeds. */
export interface ArmPair {
  readonly arm: Arm
  readonly baseline: Arm
  /** Only these test rows. Default: all. */
  readonly rows?: readonly number[]
}

/** Raised when the same answers would be compared in another way. */
const cacheVersion = 3

/** Pairs that are corrected together, by {@link pairName}. */
type Family = ReadonlyMap<string, ArmPair>

/**
 * Compares arms by the statistics of their finished evaluations, on the first score of a table. What a comparison has
 * found is kept in the store under a hash of the evaluations' keys, as `comparisons/<hash>.json`, so that it is not drawn
 * again.
 *
 * A pair that a table or the answer for its task compares has one p wherever it is asked for: the sets of pairs that have
 * one in common – a table's, the answer's – are corrected together.
 */
export class ComparedArms {
  readonly #plan: Plan
  readonly #store: Store
  readonly #evaluations: Evaluations
  readonly #found = new Map<string, RawComparison>()
  readonly #families = new Map<string, readonly Family[]>()

  constructor(plan: Plan, store: Store, evaluations: Evaluations) {
    this.#plan = plan
    this.#store = store
    this.#evaluations = evaluations
  }

  /**
   * Compares pairs of a table's arms on its first score. Pairs that neither a table nor the answer compares are corrected
   * among themselves; a pair of which only some rows are asked for takes the place of the same pair with all.
   *
   * @returns nothing for a pair of which an arm has no finished seed, or without rows
   */
  async compare(arms: Arms, pairs: readonly ArmPair[]): Promise<(Comparison | undefined)[]> {
    const [column] = arms.columns
    if (column === undefined || pairs.length === 0) return pairs.map(() => undefined)
    const asked: Family = new Map(pairs.map((pair) => [pairName(column, pair), pair]))
    const families = this.#familiesOf(arms.task)
    const rest = [...asked].filter(([name]) => !families.some((family) => family.has(name)))
    const found = new Map<string, Comparison>()
    for (const family of [...families, new Map(rest)]) {
      const members = [...family].map(([name, pair]): [string, ArmPair] => [name, asked.get(name) ?? pair])
      if (!members.some(([name]) => asked.has(name))) continue
      const raw: NamedComparison[] = []
      for (const [name, pair] of members) {
        const compared = await this.#compareOne(column, arms, pair)
        if (compared !== undefined) raw.push({ name, compared, isOfItself: haveSameTests(pair) })
      }
      const corrected = correctedOnce(raw)
      for (const { name, compared } of raw) found.set(name, corrected.get(compared)!)
    }
    return pairs.map((pair) => found.get(pairName(column, pair)))
  }

  /** What tables and answer compare on a task; sets that share a pair are one. */
  #familiesOf(task: string): readonly Family[] {
    const known = this.#families.get(task)
    if (known !== undefined) return known
    const results = { plan: this.#plan, store: this.#store, evaluations: this.#evaluations }
    const ofTask = <T extends { readonly task: string }>(requests: readonly T[]): T[] =>
      requests.filter((request) => request.task === task)
    const tables = ofTask(tableRequests(this.#plan)).map((request) => {
      const arms = readArms(request, results)
      return setOf(arms, baselinePairs(arms?.arms ?? [], request))
    })
    const answers = ofTask(taskRequests(this.#plan)).map((request) => {
      const arms = readArms(request, results)
      const candidates = candidatesOf(arms?.arms ?? [], request, results)
      return setOf(arms, pairsWith(candidates.reference, candidates.arms))
    })
    const families = merged([...tables, ...answers])
    this.#families.set(task, families)
    return families
  }

  async #compareOne(
    { metric, field }: ScoreColumn,
    { metrics, splits }: Arms,
    { arm, baseline, rows }: ArmPair,
  ): Promise<RawComparison | undefined> {
    const compared = splits === undefined ? [arm.seeds, baseline.seeds] : onCommonSplits(arm, baseline)
    const keys = compared.map((seeds) => seeds.map(({ evaluation }) => evaluation))
    if (keys.some((list) => list.length === 0) || rows?.length === 0) return undefined
    const fixed = splits === undefined ? fixedSides(compared, this.#store) : []
    const more = [...(splits ? [splits.overlap] : []), ...(fixed.length > 0 ? [{ fixed }] : [])]
    const identity = JSON.stringify([cacheVersion, metric, field, keys, rows, ...more])
    const name = sha256Of(identity)
    const known = this.#found.get(name) ?? this.#read(name)
    if (known !== undefined) return known
    const read = async (key: StepKey): Promise<ExampleStatistics> => {
      const found = (await this.#evaluations.statistics(key)).get(metric)
      if (found === undefined) throw new Error(`The evaluation ${key} has no statistics of "${metric}"`)
      return rows === undefined ? found : selectRows(found, rows)
    }
    const [ofArm, ofBaseline] = await Promise.all(keys.map((list) => Promise.all(list.map(read))))
    const scorer = metrics.get(metric)!
    const found =
      splits === undefined
        ? compareArm(scorer, { arm: ofArm!, baseline: ofBaseline! }, field, fixed)
        : compareOnSplits(
            scorer,
            ofArm!.map((own, at) => ({ arm: own, baseline: ofBaseline![at]! })),
            { field, overlap: splits.overlap },
          )
    this.#keep(name, keys, found)
    return found
  }

  #file(name: string): string {
    return this.#store.comparisonFile(name)
  }

  #read(name: string): RawComparison | undefined {
    const kept = readSealedJson(this.#file(name)) as { comparison: RawComparison } | undefined
    if (kept === undefined) return undefined
    // JSON leaves out what is undefined, which is all the same to a reader.
    const { df, chance } = kept.comparison
    const found = { ...kept.comparison, df, chance: { ...chance, seeds: chance.seeds, single: chance.single } }
    this.#found.set(name, found)
    return found
  }

  #keep(name: string, evaluations: readonly (readonly StepKey[])[], comparison: RawComparison): void {
    this.#found.set(name, comparison)
    try {
      writeSealedJson(this.#file(name), { evaluations, comparison })
    } catch {
      // In a store that cannot be written it is drawn again the next time.
    }
  }
}

/** The side of which all seeds are one model. */
function fixedSides(compared: readonly (readonly SeedResult[])[], store: Store): Side[] {
  const fixed = (['arm', 'baseline'] as const).filter((_, at) => areOneModel(compared[at]!, store))
  // Of two such there is no chance of seeds to be told.
  return fixed.length === 2 ? [] : fixed
}

/**
 * Chains that come to the same models are compared once: a chain beside itself is no comparison, and two that have the same are one.
 * What is not counted is corrected by itself.
 */
function correctedOnce(raw: readonly NamedComparison[]): Map<RawComparison, Comparison> {
  const counted = [...new Set(raw.filter(({ isOfItself }) => !isOfItself).map(({ compared }) => compared))]
  const corrected = new Map(correctComparisons(counted).map((comparison, at) => [counted[at]!, comparison]))
  for (const { compared, isOfItself } of raw) {
    if (isOfItself) corrected.set(compared, correctComparisons([compared])[0]!)
  }
  return corrected
}

interface NamedComparison {
  /** By {@link pairName}. */
  readonly name: string
  readonly compared: RawComparison
  readonly isOfItself: boolean
}

function haveSameTests({ arm, baseline }: ArmPair): boolean {
  const tests = ({ seeds }: Arm): string => seeds.map(({ evaluation }) => evaluation).join()
  return tests(arm) === tests(baseline)
}

/** Each arm of a table with its fresh start. */
export function baselinePairs(arms: readonly Arm[], request: Parameters<typeof baselineOf>[2]): ArmPair[] {
  return arms.flatMap((arm) => {
    const baseline = baselineOf(arm, arms, request)
    return baseline === undefined || baseline === arm ? [] : [{ arm, baseline }]
  })
}

/** Each arm but the baseline itself with the baseline. */
export function pairsWith(baseline: Arm | undefined, arms: readonly Arm[]): ArmPair[] {
  if (baseline === undefined) return []
  return arms.flatMap((arm) => (arm === baseline ? [] : [{ arm, baseline }]))
}

/** The finished seeds that both arms have: each stands for a split of its own. */
function onCommonSplits(arm: Arm, baseline: Arm): [SeedResult[], SeedResult[]] {
  const pairs = arm.seeds.flatMap((own): [SeedResult, SeedResult][] => {
    const other = baseline.seeds.find(({ seed }) => seed === own.seed)
    return other === undefined ? [] : [[own, other]]
  })
  return [pairs.map(([own]) => own), pairs.map(([, other]) => other)]
}

function setOf(arms: Arms | undefined, pairs: readonly ArmPair[]): Family {
  const column = arms?.columns[0]
  const finished = pairs.filter(({ arm, baseline }) => arm.seeds.length > 0 && baseline.seeds.length > 0)
  return new Map(column === undefined ? [] : finished.map((pair) => [pairName(column, pair), pair]))
}

function pairName({ metric, field }: ScoreColumn, { arm, baseline }: ArmPair): string {
  return JSON.stringify([metric, field, arm.chain.label, baseline.chain.label])
}

/** Sets that have a pair in common become one. */
function merged(sets: readonly Family[]): Family[] {
  return sets.reduce<Family[]>((families, set) => {
    const touched = families.filter((family) => [...set.keys()].some((name) => family.has(name)))
    const others = families.filter((family) => !touched.includes(family))
    return [...others, new Map([...touched, set].flatMap((family) => [...family]))]
  }, [])
}

function selectRows({ width, values }: ExampleStatistics, rows: readonly number[]): ExampleStatistics {
  const selected = new Float64Array(rows.length * width)
  for (const [at, row] of rows.entries()) selected.set(values.subarray(row * width, (row + 1) * width), at * width)
  return { rows: rows.length, width, values: selected }
}
