import * as z from 'zod'
import type { MetricKind, MetricOption } from '../../metrics/metric.ts'
import { type MetricName, metricKinds, type SharedOption, sharedOptions } from '../../metrics/registry.ts'
import { describe, type KeyFacts } from './keys/describe.ts'

/** A metric as a study asks for it: by name, or with a name of its own and options. */
export type MetricEntry =
  | MetricName
  | { readonly metric: MetricName; readonly name?: string | undefined; readonly [option: string]: unknown }

/** @param name schema of names in tables */
export function metricSchema(
  name: z.ZodType<string>,
  kinds: readonly MetricKind[] = metricKinds,
): z.ZodType<MetricEntry> {
  const names = kinds.map((kind) => kind.name)
  const options = sharedOptions(kinds).flatMap(({ option, kinds: having }): [string, z.ZodType][] =>
    option.inStudy === false ? [] : [[studyName(option), optionSchema({ option, kinds: having })]],
  )
  const schema = z.union([
    z.enum(names),
    z.strictObject({
      metric: describe(z.enum(names), 'Which metric', { example: names[0] }),
      name: describe(name.optional(), 'Its name in tables, where one metric is asked for twice', {
        absent: "the metric's, with its options where that is taken",
        example: 'bleu-zh',
        beside: { metric: 'bleu', tokenize: 'zh' },
      }),
      ...Object.fromEntries(options),
    }),
  ])
  // The names are those of the registry, or of the test that adds to it.
  return schema as unknown as z.ZodType<MetricEntry>
}

/** The options that a study can give a metric, by their names in study files. */
export function studyOptions({ options }: MetricKind): ReadonlyMap<string, MetricOption> {
  return new Map(
    options.filter(({ inStudy }) => inStudy !== false).map((option) => [studyName(option), option] as const),
  )
}

/** `smooth_method` */
function studyName({ name }: Pick<MetricOption, 'name'>): string {
  return name.replace(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`)
}

function optionSchema({ option, kinds }: SharedOption): z.ZodType {
  const titles = kinds.map(({ title }) => title).join(', ')
  const help = `${titles}: ${option.inStudy || option.help}`
  // A word begins with a capital, a name such as chrF stays.
  const sentence = help.replace(/^[a-z]+(?![A-Za-z])/u, (word) => word[0]!.toUpperCase() + word.slice(1))
  return describe(valueSchema(option).optional(), sentence, optionFacts({ option, kinds }))
}

/** Kinds that have an option alike may have it with other defaults. */
function optionFacts({ option, kinds }: SharedOption): KeyFacts {
  const beside = { metric: kinds[0]!.name, ...neededBy(option) }
  const example = exampleOf(option)
  const usual = kinds.map(({ name, options }) => ({
    name,
    value: defaultOf(options.find((one) => one.name === option.name)!),
  }))
  const [chinese] = kinds.flatMap((kind) => (kind.chinese?.option === option.name ? [kind.chinese] : []))
  if (chinese)
    return {
      absent: `${chinese.beside}, for Chinese ${chinese.use} with ${chinese.beside} beside it`,
      example,
      beside,
    }
  const isAlike = usual.every(({ value }) => value === usual[0]!.value)
  if (isAlike && usual[0]!.value !== undefined) return { default: usual[0]!.value, example, beside }
  const words = usual.flatMap(({ name, value }) => (value === undefined ? [] : [`${value} (${name})`]))
  return { absent: words.join(', ') || 'chosen by the metric', example, beside }
}

function neededBy({ needs }: MetricOption): Readonly<Record<string, string>> {
  return needs === undefined ? {} : { [studyName({ name: needs.option })]: needs.values[0]! }
}

function defaultOf(option: MetricOption): unknown {
  return option.default ?? (option.type === 'switch' ? false : undefined)
}

/** Not the default, where there are others. */
function exampleOf(option: MetricOption): unknown {
  switch (option.type) {
    case 'switch':
      return option.default !== true
    case 'choice':
      return option.choices.find((choice) => choice !== option.default)
    case 'whole':
    case 'number':
      return option.least + 1
    case 'text':
      return option.default ?? ''
    case 'labels':
      return ['Cost', 'BadFood']
  }
}

function valueSchema(option: MetricOption): z.ZodType {
  switch (option.type) {
    case 'switch':
      return z.boolean()
    case 'choice': {
      const { choices } = option
      const texts = choices.filter((choice) => typeof choice === 'string')
      return texts.length === choices.length ? z.enum(texts) : z.union(choices.map((choice) => z.literal(choice)))
    }
    case 'whole':
      return option.most === undefined ? z.int().min(option.least) : z.int().min(option.least).max(option.most)
    case 'number':
      return z.number().min(option.least)
    case 'text':
      return z.string()
    case 'labels':
      return z.array(z.string()).min(1)
  }
}
