import { Fault } from '../base/fault.ts'
import { didYouMean } from '../base/nearest.ts'
import { bleuKind } from './bleu.ts'
import { chrfKind } from './chrf.ts'
import { exactMatchKind } from './exact-match.ts'
import { labelsKind } from './labels.ts'
import type { Metric, MetricKind, MetricOption, OptionValues } from './metric.ts'
import { rougeKind } from './rouge.ts'
import { terKind } from './ter.ts'
import { isChinese } from './unspaced.ts'

/** Every metric, in the order of helps and schemas. What else must know of one asks here. */
export const metricKinds = [bleuKind, chrfKind, terKind, rougeKind, labelsKind, exactMatchKind] as const

export type MetricName = (typeof metricKinds)[number]['name']

/** @throws {Fault} if there is no metric of that name */
export function metricKind(name: string, kinds: readonly MetricKind[] = metricKinds): MetricKind {
  const kind = kinds.find((one) => one.name === name)
  if (kind !== undefined) return kind
  throw new Fault(
    `Unknown metric "${name}"${didYouMean(
      name,
      kinds.map((one) => one.name),
    )}`,
  )
}

/**
 * Makes a metric for scoring sums of statistics that are known already; whoever has answers asks its kind.
 *
 * @param options as its maker takes them; a metric of label sets needs its `labels`
 * @throws {Fault} if there is no metric of that name
 */
export function metricByName(name: string, options: OptionValues): Metric<never> {
  const kind = metricKind(name)
  return kind.answers === 'texts' ? kind.make(options) : kind.make({ ...options, labels: options.labels as string[] })
}

/** Whether less of a metric's score is better. */
export function isLowBetter(metric: string, field: string): boolean {
  return metricKind(metric).lowIsBetter?.includes(field) ?? false
}

/** An option with the metrics that have it. */
export interface SharedOption {
  /** As the first of them declares it; the others may have another default. */
  readonly option: MetricOption
  readonly kinds: readonly MetricKind[]
}

/**
 * The options of all metrics, one that several share once, each where it is met first.
 *
 * @throws if two metrics mean different things by one name, as flags and schema have it once
 */
export function sharedOptions(kinds: readonly MetricKind[] = metricKinds): SharedOption[] {
  const found = new Map<string, { option: MetricOption; kinds: MetricKind[] }>()
  for (const kind of kinds) {
    for (const option of kind.options) {
      const known = found.get(option.name)
      if (known === undefined) found.set(option.name, { option, kinds: [kind] })
      else if (isAlike(known.option, option)) known.kinds.push(kind)
      else {
        throw new Error(
          `The option "${option.name}" of ${kind.name} is not that of ${known.kinds[0]!.name}: share it in shared-options.ts, or give it another name`,
        )
      }
    }
  }
  return [...found.values()]
}

/** Whether two declarations differ in nothing but their defaults. */
function isAlike(a: MetricOption, b: MetricOption): boolean {
  const words = ({ default: _, ...option }: MetricOption): string => JSON.stringify(Object.entries(option).sort())
  return words(a) === words(b)
}

/** A metric as it is asked for and what stands beside it, by what comes after its name. */
export interface MetricVariant {
  readonly suffix: string
  readonly options: OptionValues
}

/** With which options texts are scored: Chinese is cut by a tokenizer of its own, with the usual one beside it. */
export function variantsFor(
  kind: MetricKind,
  options: OptionValues,
  references: Iterable<string>,
): readonly [MetricVariant, ...MetricVariant[]] {
  const { chinese } = kind
  const own = { suffix: '', options }
  if (chinese === undefined || options[chinese.option] !== undefined || !isChinese(references)) return [own]
  const having = (value: string): OptionValues => ({ ...options, [chinese.option]: value })
  return [
    { suffix: '', options: having(chinese.use) },
    { suffix: `-${chinese.beside}`, options: having(chinese.beside) },
  ]
}

/** What may stand beside a metric, which shows only once there are texts: what comes after its name. */
export function possibleSuffixes(kind: MetricKind, options: OptionValues): string[] {
  const { chinese } = kind
  return chinese === undefined || options[chinese.option] !== undefined ? [] : [`-${chinese.beside}`]
}
