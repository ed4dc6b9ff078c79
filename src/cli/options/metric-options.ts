import { type Command, InvalidArgumentError, Option } from 'commander'
import { Fault } from '../../base/fault.ts'
import type { BleuOptions, SmoothMethod } from '../../metrics/bleu.ts'
import type { ChrfOptions } from '../../metrics/chrf.ts'
import type { BleuTokenizer } from '../../metrics/text/bleu-tokenizers.ts'
import { splitLabels } from '../../tasks/labels.ts'
import { numberFrom, wholeNumber } from './option-values.ts'

/** What the commands that score share, in commander's spelling. */
export interface MetricFlags {
  readonly metric: string
  readonly references?: readonly string[]
  readonly field?: string
  readonly referenceField?: string
  readonly tokenize?: BleuTokenizer
  readonly lowercase?: true
  readonly smoothMethod?: SmoothMethod
  readonly smoothValue?: number
  readonly maxNgramOrder?: number
  readonly effectiveOrder?: boolean
  readonly wordOrder?: number
  readonly charOrder?: number
  readonly stemmer?: true
  readonly labels?: readonly string[]
  readonly zeroDivision?: 0 | 1
  readonly separator?: string
  readonly json?: true
}

/** Adds `--metric`, `--references`, the fields, every option of a metric and `--json`. */
export function addMetricOptions(command: Command, metrics: readonly string[]): Command {
  return command
    .addOption(new Option('--metric <name>', 'what to compute').choices(metrics).makeOptionMandatory())
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
    .addOption(
      new Option('--tokenize <name>', 'BLEU: tokenizer (default: 13a, for Chinese zh with 13a beside it)').choices([
        '13a',
        'zh',
        'intl',
        'char',
        'none',
      ]),
    )
    .option('--lowercase', 'BLEU, chrF, exact match: ignore case')
    .addOption(
      new Option('--smooth-method <name>', 'BLEU: how to smooth a precision of 0 (default: exp)').choices([
        'exp',
        'floor',
        'add-k',
        'none',
      ]),
    )
    .option('--smooth-value <number>', 'BLEU: for floor (default: 0.1) and add-k (default: 1)', numberFrom(0))
    .option('--max-ngram-order <n>', 'BLEU: longest n-gram (default: 4)', wholeNumber(1))
    .option('--effective-order', 'BLEU: leave out orders that a text is too short for')
    .option('--no-effective-order', 'sentence BLEU: keep them')
    .option('--word-order <n>', 'chrF: longest word n-gram, 2 makes chrF++ (default: 0)', wholeNumber(0))
    .option('--char-order <n>', 'chrF: longest character n-gram (default: 6)', wholeNumber(1))
    .option('--stemmer', 'ROUGE: compare Porter stems')
    .option(
      '--labels <list>',
      'labels: all labels, as a,b,c or as a JSON list (default: those in the files)',
      labelList,
    )
    .addOption(
      new Option('--zero-division <value>', 'labels: what 0/0 is (default: 0)')
        .choices(['0', '1'])
        .argParser(zeroOrOne),
    )
    .option('--separator <text>', 'labels: between the labels of a text (default: ",")')
    .option('--json', 'print one JSON object')
}

function repeatable(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value]
}

function zeroOrOne(text: string): 0 | 1 {
  if (text === '0') return 0
  if (text === '1') return 1
  throw new InvalidArgumentError('Give 0 or 1.')
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

const optionsOf: Readonly<Record<string, readonly (keyof MetricFlags)[]>> = {
  bleu: ['tokenize', 'lowercase', 'smoothMethod', 'smoothValue', 'maxNgramOrder', 'effectiveOrder'],
  'sentence-bleu': ['tokenize', 'lowercase', 'smoothMethod', 'smoothValue', 'maxNgramOrder', 'effectiveOrder'],
  chrf: ['lowercase', 'wordOrder', 'charOrder'],
  rouge: ['stemmer'],
  labels: ['labels', 'zeroDivision', 'separator'],
  'exact-match': ['lowercase'],
}
const allOptions = new Set(Object.values(optionsOf).flat())

/** @throws {Fault} if an option is given that the metric does not have, as it would change nothing */
export function checkMetricFlags(flags: MetricFlags): void {
  const allowed = optionsOf[flags.metric] ?? []
  for (const name of allOptions) {
    if (flags[name] === undefined || allowed.includes(name)) continue
    const of = Object.keys(optionsOf).filter((metric) => optionsOf[metric]!.includes(name))
    throw new Fault(`Cannot use ${flagName(name)} with --metric ${flags.metric}: it belongs to ${of.join(', ')}`)
  }
  if (flags.smoothValue !== undefined && flags.smoothMethod !== 'floor' && flags.smoothMethod !== 'add-k') {
    throw new Fault('Cannot use --smooth-value without --smooth-method floor or add-k: no other method has a value')
  }
}

function flagName(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

export function bleuOptions(flags: MetricFlags, tokenize: BleuTokenizer): BleuOptions {
  return {
    tokenize,
    ...(flags.lowercase && { lowercase: true }),
    ...(flags.smoothMethod !== undefined && { smoothMethod: flags.smoothMethod }),
    ...(flags.smoothValue !== undefined && { smoothValue: flags.smoothValue }),
    ...(flags.maxNgramOrder !== undefined && { maxNgramOrder: flags.maxNgramOrder }),
    ...(flags.effectiveOrder !== undefined && { effectiveOrder: flags.effectiveOrder }),
  }
}

export function chrfOptions(flags: MetricFlags): ChrfOptions {
  return {
    ...(flags.lowercase && { lowercase: true }),
    ...(flags.wordOrder !== undefined && { wordOrder: flags.wordOrder }),
    ...(flags.charOrder !== undefined && { charOrder: flags.charOrder }),
  }
}
