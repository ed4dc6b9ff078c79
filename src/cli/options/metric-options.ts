import { type Command, InvalidArgumentError, Option } from 'commander'
import { UsageFault } from '../../base/fault.ts'
import type { MetricKind, MetricOption, OptionValues } from '../../metrics/metric.ts'
import { metricKinds, type SharedOption, sharedOptions } from '../../metrics/registry.ts'
import { splitLabels } from '../../tasks/labels.ts'
import { numberFrom, textEncoding, wholeNumber, withChoices } from './option-values.ts'

/** What the commands that score share, in commander's spelling; a metric's own options stand beside them. */
export interface MetricFlags extends OptionValues {
  readonly metric: string
  readonly references?: readonly string[]
  readonly field?: string
  readonly referenceField?: string
  readonly encoding?: string
  readonly labels?: readonly string[]
  readonly separator?: string
  readonly json?: true
}

/** What `--metric` can name. */
export interface OfferedMetric {
  readonly name: string
  readonly kind: MetricKind
  /** Each example by itself, instead of all together. */
  readonly single: boolean
}

/** Every metric, and behind it, where it scores them, the one of single sentences. */
export function offeredMetrics(kinds: readonly MetricKind[] = metricKinds): OfferedMetric[] {
  return kinds.flatMap((kind) => [
    { name: kind.name, kind, single: false },
    ...(kind.sentences === undefined ? [] : [{ name: `sentence-${kind.name}`, kind, single: true }]),
  ])
}

/**
 * Adds `--metric`, `--references`, the fields, every option of a metric and `--json`.
 *
 * @param needed whether `--metric` must be given
 */
export function addMetricOptions(command: Command, offered: readonly OfferedMetric[], needed = true): Command {
  const names = offered.map(({ name }) => name)
  command
    .addOption(withChoices(new Option('--metric <name>', 'what to compute'), names).makeOptionMandatory(needed))
    .option(
      '--references <file>',
      'what the answers should be, line by line (default: a field of their objects); again for more references',
      repeatable,
    )
    .option('--field <name>', 'field of .jsonl objects that holds the answer (default: prediction)')
    .option(
      '--reference-field <name>',
      'field that holds the reference (default: as --field, else reference or target)',
    )
    .option('--encoding <name>', 'text encoding of all files, instead of the ones found out', textEncoding)
  for (const shared of sharedOptions(kindsOf(offered))) {
    for (const option of optionsFor(shared)) command.addOption(option)
  }
  return command.option('--json', 'print one JSON object')
}

/** @throws {UsageFault} if an option is given that the metric does not have, as it would change nothing */
export function checkMetricFlags(flags: MetricFlags, offered: readonly OfferedMetric[]): void {
  const kind = offeredMetric(flags, offered).kind
  for (const { option, kinds } of sharedOptions(kindsOf(offered))) {
    if (flagValue(option, flags) === undefined || kinds.includes(kind)) continue
    const of = offered.filter((one) => kinds.includes(one.kind)).map(({ name }) => name)
    throw new UsageFault(`Cannot use ${flagName(option)} with --metric ${flags.metric}: it belongs to ${of.join(', ')}`)
  }
  for (const option of kind.options) {
    const { needs } = option
    if (needs === undefined || flagValue(option, flags) === undefined) continue
    const other = kind.options.find(({ name }) => name === needs.option)!
    if (needs.values.includes(flagValue(other, flags) as string)) continue
    throw new UsageFault(
      `Cannot use ${flagName(option)} without ${flagName(other)} ${needs.values.join(' or ')}: ${needs.because}`,
    )
  }
}

/** The metric that `--metric` names, which commander has checked. */
export function offeredMetric(flags: MetricFlags, offered: readonly OfferedMetric[]): OfferedMetric {
  return offered.find(({ name }) => name === flags.metric)!
}

/** The metric's own options that were given, as its maker spells them. */
export function metricSettings({ kind, single }: OfferedMetric, flags: MetricFlags): OptionValues {
  const given = kind.options.flatMap((option) => {
    const value = flagValue(option, flags)
    return value === undefined ? [] : [[option.name, value] as const]
  })
  return { ...(single ? kind.sentences : {}), ...Object.fromEntries(given) }
}

function kindsOf(offered: readonly OfferedMetric[]): MetricKind[] {
  return [...new Set(offered.map(({ kind }) => kind))]
}

function repeatable(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value]
}

/** `--smooth-method` */
function flagName({ name }: MetricOption): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** `--no-punct` is an option of its own, of which commander makes that `punct` is false. */
function flagValue(option: MetricOption, flags: MetricFlags): unknown {
  const flag = new Option(flagName(option))
  const value = flags[flag.attributeName()]
  return flag.negate ? value === false || undefined : value
}

function optionsFor({ option, kinds }: SharedOption): Option[] {
  const titles = kinds.map(({ title }) => title).join(', ')
  const help = `${titles}: ${option.help}${defaultText(option, kinds)}`
  const flag = flagName(option)
  switch (option.type) {
    case 'switch': {
      const off = option.off && new Option(`--no-${flag.slice(2)}`, option.off)
      return [new Option(flag, help), ...(off ? [off] : [])]
    }
    case 'choice': {
      const values = option.choices
      if (typeof values[0] === 'string') return [withChoices(new Option(`${flag} <name>`, help), values.map(String))]
      return [new Option(`${flag} <value>`, help).choices(values.map(String)).argParser(oneOf(values))]
    }
    case 'whole':
      return [new Option(`${flag} <n>`, help).argParser(wholeNumber(option.least, option.most))]
    case 'number':
      return [new Option(`${flag} <number>`, help).argParser(numberFrom(option.least))]
    case 'text':
      return [new Option(`${flag} <text>`, help)]
    case 'labels':
      return [new Option(`${flag} <list>`, help).argParser(labelList)]
  }
}

function defaultText(option: MetricOption, kinds: readonly MetricKind[]): string {
  const defaults = kinds.map(({ options }) => options.find(({ name }) => name === option.name)!.default)
  if (new Set(defaults).size > 1) {
    const each = kinds.map(({ title }, at) => `${spoken(defaults[at])} for ${title}`)
    return ` (default: ${each.join(', ')})`
  }
  if (option.default === undefined || option.type === 'switch') return ''
  const value = option.type === 'text' ? JSON.stringify(option.default) : option.default
  const chinese = kinds.map((kind) => kind.chinese).find((one) => one?.option === option.name)
  const others = chinese === undefined ? '' : `, for Chinese ${chinese.use} with ${chinese.beside} beside it`
  return ` (default: ${value}${others})`
}

function spoken(value: MetricOption['default']): string {
  return typeof value === 'boolean' || value === undefined ? (value ? 'on' : 'off') : String(value)
}

function oneOf(values: readonly (string | number)[]): (text: string) => string | number {
  return (text) => {
    const value = values.find((one) => String(one) === text)
    if (value === undefined) throw new InvalidArgumentError(`Give ${values.join(' or ')}.`)
    return value
  }
}

function labelList(text: string): string[] {
  const labels = text.trimStart().startsWith('[') ? jsonList(text) : splitLabels(text, ',')
  if (labels.length === 0) throw new InvalidArgumentError('Give at least one label.')
  const twice = labels.find((label, i) => labels.indexOf(label) !== i)
  if (twice !== undefined) throw new InvalidArgumentError(`"${twice}" is in it twice.`)
  return labels
}

function jsonList(text: string): string[] {
  try {
    const list: unknown = JSON.parse(text)
    if (Array.isArray(list) && list.every((label) => typeof label === 'string')) return list
  } catch {
    // Told below.
  }
  throw new InvalidArgumentError('A list that begins with [ must be a JSON list of strings.')
}
