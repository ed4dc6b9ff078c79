import type { Command } from 'commander'
import { type BleuScore, bleuMetric, bleuSignature, corpusBleu, sentenceBleu } from '../../metrics/bleu.ts'
import { chrf } from '../../metrics/chrf.ts'
import { exactMatchMetric } from '../../metrics/exact-match.ts'
import { type MultiLabelScores, multiLabelScores } from '../../metrics/labels.ts'
import { rougeKinds, rougeScores } from '../../metrics/rouge.ts'
import { wilsonInterval } from '../../metrics/statistics/intervals.ts'
import { isChinese } from '../../metrics/text/chinese.ts'
import { readLabelSystems, readTextSystems } from '../input/read-systems.ts'
import {
  addMetricOptions,
  bleuOptions,
  checkMetricFlags,
  chrfOptions,
  type MetricFlags,
} from '../options/metric-options.ts'
import { columns } from '../print/column-lines.ts'

interface ScoreFlags extends MetricFlags {
  readonly metric: 'bleu' | 'sentence-bleu' | 'chrf' | 'rouge' | 'labels' | 'exact-match'
  readonly predictions: string
}

/** What a metric found: one object for scripts, lines for people, and what is odd about the texts. */
interface Report {
  readonly json: Readonly<Record<string, unknown>>
  readonly lines: readonly string[]
  readonly warnings: readonly string[]
}

const metrics = ['bleu', 'sentence-bleu', 'chrf', 'rouge', 'labels', 'exact-match']

/** `reteach score`: the scores of any program's answers. */
export function addScoreCommand(program: Command): void {
  const command = program
    .command('score')
    .description('Score answers against references as sacreBLEU, rouge_score and scikit-learn do')
    .requiredOption('--predictions <file>', 'answers: plain lines, or .jsonl with a string, a list or an object a line')
  addMetricOptions(command, metrics)
    .addHelpText(
      'after',
      `
Examples:
  $ reteach score --metric bleu --predictions answers.txt --references test.zh
  $ reteach score --metric rouge --stemmer --predictions answers.jsonl --references pairs.jsonl --reference-field target
  $ reteach score --metric labels --labels BadFood,Cost,Filthy --predictions a.jsonl --references gold.jsonl --json`,
    )
    .action((flags: ScoreFlags) => {
      checkMetricFlags(flags)
      const { json, lines, warnings } = scorers[flags.metric](flags)
      if (flags.json) {
        process.stdout.write(`${JSON.stringify({ ...json, ...(warnings.length > 0 && { warnings }) })}\n`)
        return
      }
      for (const line of lines) process.stdout.write(`${line}\n`)
      for (const warning of warnings) process.stderr.write(`Warning: ${warning}\n`)
    })
}

const scorers: { readonly [Name in ScoreFlags['metric']]: (flags: ScoreFlags) => Report } = {
  bleu: scoreBleu,
  'sentence-bleu': scoreSentences,
  chrf: scoreChrf,
  rouge: scoreRouge,
  labels: scoreLabels,
  'exact-match': scoreExactMatch,
}

function readPairs(flags: ScoreFlags) {
  const { systems, references } = readTextSystems([flags.predictions], flags)
  return { predictions: systems[0]!, references }
}

function scoreBleu(flags: ScoreFlags): Report {
  const { predictions, references } = readPairs(flags)
  const chinese = flags.tokenize === undefined && isChinese(references.flat())
  const scores = (chinese ? (['zh', '13a'] as const) : [flags.tokenize ?? '13a']).map((tokenize) =>
    corpusBleu(predictions, references, bleuOptions(flags, tokenize)),
  )
  const [first, ...beside] = scores.map(bleuJson)
  return {
    json: { ...first, ...(beside.length > 0 && { beside }) },
    lines: scores.flatMap(({ text, signature }) => [text, `  ${signature}`]),
    warnings: bleuMetric({ references: references.length }).warnings(predictions, ...references),
  }
}

function bleuJson({ score, counts, totals, precisions, bp, sysLen, refLen, signature }: BleuScore) {
  return { score, counts, totals, precisions, bp, sys_len: sysLen, ref_len: refLen, signature }
}

function scoreSentences(flags: ScoreFlags): Report {
  const { predictions, references } = readPairs(flags)
  const chinese = flags.tokenize === undefined && isChinese(references.flat())
  const [first, ...beside] = (chinese ? (['zh', '13a'] as const) : [flags.tokenize ?? '13a']).map((tokenize) => {
    const options = { effectiveOrder: true, ...bleuOptions(flags, tokenize) }
    return {
      scores: Array.from(sentenceBleu(predictions, references, options)),
      signature: bleuSignature(options, references.length),
    }
  })
  const all = [first!, ...beside]
  return {
    json: { ...first, ...(beside.length > 0 && { beside }) },
    lines: [
      ...first!.scores.map((_, i) => all.map(({ scores }) => scores[i]!.toFixed(2)).join('\t')),
      ...all.map(({ signature }) => `  ${signature}`),
    ],
    warnings: [],
  }
}

function scoreChrf(flags: ScoreFlags): Report {
  const { predictions, references } = readPairs(flags)
  const { score, signature } = chrf(predictions, references, chrfOptions(flags))
  const name = `chrF2${'+'.repeat(flags.wordOrder ?? 0)}`
  return { json: { score, signature }, lines: [`${name} = ${score.toFixed(2)}`, `  ${signature}`], warnings: [] }
}

function scoreRouge(flags: ScoreFlags): Report {
  const { predictions, references } = readPairs(flags)
  const scores = rougeScores(predictions, references, { stemmer: flags.stemmer ?? false })
  const { signature, warnings, ...json } = scores
  const rows = rougeKinds.map((kind) => {
    const { precision, recall, fmeasure } = scores[kind]
    return [kind, ...[precision, recall, fmeasure].map(share)]
  })
  return {
    json: { ...json, signature },
    lines: [...columns([['', 'precision', 'recall', 'F'], ...rows]), `  ${signature}`],
    warnings,
  }
}

function scoreLabels(flags: ScoreFlags): Report {
  const { systems, references, labels } = readLabelSystems([flags.predictions], flags)
  const options = { labels, zeroDivision: flags.zeroDivision ?? 0 }
  const scores = multiLabelScores(systems[0]!, references[0]!, options)
  return {
    json: labelsJson(scores),
    lines: labelLines(scores),
    warnings: unknownWarning(scores),
  }
}

function labelsJson(scores: MultiLabelScores) {
  return {
    exact: scores.exact,
    hamming: scores.hamming,
    macro_f1: scores.macroF1,
    micro_f1: scores.microF1,
    samples_f1: scores.samplesF1,
    weighted_f1: scores.weightedF1,
    per_label: scores.perLabel,
    unknown: [...scores.unknown].map(([label, count]) => ({ label, count })),
    signature: scores.signature,
  }
}

function labelLines(scores: MultiLabelScores): string[] {
  const summary = Object.entries(labelsJson(scores)).filter(([, value]) => typeof value === 'number')
  return [
    ...columns(summary.map(([name, value]) => [name, share(value as number)])),
    '',
    ...columns([
      ['label', 'precision', 'recall', 'F1', 'support'],
      ...scores.perLabel.map(({ label, precision, recall, f1, support }) => [
        label,
        share(precision),
        share(recall),
        share(f1),
        String(support),
      ]),
    ]),
    `  ${scores.signature}`,
  ]
}

function unknownWarning({ unknown }: MultiLabelScores): string[] {
  if (unknown.size === 0) return []
  const often = [...unknown].sort(([, a], [, b]) => b - a).slice(0, 5)
  const total = [...unknown.values()].reduce((sum, n) => sum + n, 0)
  const shown = often.map(([label, n]) => `"${label}" (${n})`).join(', ')
  return [`${total} predicted labels are not in the label list and were left out, most often ${shown}`]
}

function scoreExactMatch(flags: ScoreFlags): Report {
  const { predictions, references } = readPairs(flags)
  const metric = exactMatchMetric({ lowercase: flags.lowercase ?? false, references: references.length })
  const exact = metric.score(metric.statistics(predictions, ...references)).exact!
  const { low, high } = wilsonInterval(Math.round(exact * predictions.length), predictions.length)
  return {
    json: { exact, low, high, signature: metric.signature },
    lines: [`exact match = ${share(exact)} (95 % interval ${share(low)} to ${share(high)})`, `  ${metric.signature}`],
    warnings: [],
  }
}

function share(value: number): string {
  return value.toFixed(4)
}
