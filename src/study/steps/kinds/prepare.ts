import { type OutsideInput, outsideFiles, outsideRows } from '../../contents/outside-input.ts'
import { asJson, type Json, type KeyInputs } from '../../keys.ts'
import type { FileSource, SplitName, StudyTask } from '../../study.ts'
import { type MixtureRows, prepareMixture } from '../prepare-mixture.ts'
import { prepareTask } from '../prepare-task.ts'
import type { Given, StepBase, StepRule } from '../step-rule.ts'

/** Makes the rows of a task ready, or mixes those of several. */
type AnyPrepareStep = PrepareStep | PrepareMixtureStep

export interface PrepareStep extends StepBase<'prepare'> {
  readonly task: StudyTask
  /** What tells the files of its rows, and of the parts that have files of their own, from others. */
  readonly content: { readonly rows?: Json; readonly parts: Readonly<Partial<Record<SplitName, Json>>> }
  readonly mixture?: undefined
}

export interface PrepareMixtureStep extends StepBase<'prepare'>, MixtureRows {
  /** Of a mixture by tokens: what tells the tokenizer's files from others. */
  readonly tokenizerContent?: Json
}

/** Rows of each part that has any. */
export type RowCounts = Readonly<Partial<Record<SplitName, number>>>

export const prepare: StepRule<AnyPrepareStep, { readonly rows: RowCounts }> = {
  version: 1,
  inputs: (given) => (given.mixture === undefined ? taskInputs(given) : mixtureInputs(given)),
  label: (given) =>
    `prepare ${given.mixture === undefined ? given.task.name + splitText(given.task) : given.mixture.name}`,
  needs: (given) => (given.mixture === undefined ? [] : given.parts.map(({ data }) => data)),
  outside: (step) => (step.mixture === undefined ? outsideTask(step) : outsideMixture(step)),
  async work(step, { folder }, { done, onNotice, onNote }) {
    if (step.mixture === undefined) return await prepareTask(step.task, folder, onNotice)
    return await prepareMixture(
      step,
      folder,
      (key, part) => done.rowsFile(key, part),
      (sentence) => onNote?.(sentence),
    )
  },
}

function outsideTask({ task, content }: PrepareStep): OutsideInput[] {
  const { rows, parts } = task.data
  const named = Object.entries(parts) as [SplitName, FileSource][]
  return [
    ...(rows === undefined ? [] : outsideRows(rows, content.rows!)),
    ...named.flatMap(([name, part]) => outsideRows(part, content.parts[name]!)),
  ]
}

function outsideMixture({ draw, tokenizerContent }: PrepareMixtureStep): OutsideInput[] {
  return draw.tokens === undefined ? [] : [outsideFiles(draw.tokens.tokenizer, tokenizerContent!)]
}

/** ` (split 2 of 5)` of rows that are divided several times. */
function splitText({ data: { split, splits } }: StudyTask): string {
  if (splits === undefined) return ''
  return ` (split ${[...splits.values()].indexOf(split.seed) + 1} of ${splits.size})`
}

function taskInputs({ task, content }: Given<PrepareStep>): KeyInputs {
  const { rows, split, parts } = task.data
  // The content of the files with their endings, which decide how they are read, not their names: a moved file is the
  // same file.
  const source = (of: FileSource, files: Json): Json => ({ files, reading: readingOf(of) })
  const named = Object.entries(parts) as [SplitName, FileSource][]
  return {
    rows: rows && source(rows, content.rows!),
    // Which rows go where; parts with files of their own are not divided.
    split: rows && asJson(split),
    parts: Object.fromEntries(named.map(([name, part]) => [name, source(part, content.parts[name]!)])),
    // Columns, templates and labels make the texts of the rows.
    texts: textsInputs(task),
    clean: asJson(task.clean),
  }
}

/** How files are read; which they are is told by their content. */
function readingOf({ table }: FileSource): Json {
  const { file, files, hub, revision, config, split, ...reading } = table
  // Rows were compared by the order of their columns as well.
  return asJson(reading.distinct === true ? { ...reading, compares: 'values' } : reading)
}

function textsInputs({ texts }: StudyTask): Json {
  if (texts.kind === 'spans') return { text: asJson(texts.text.template) }
  return {
    source: asJson(texts.source.template),
    ...(texts.kind === 'text'
      ? { target: asJson(texts.target.template) }
      : { ...texts.cells, single: texts.single, labels: asJson(texts.labels) }),
  }
}

function mixtureInputs({ mixture, parts, draw, tokenizerContent }: Given<PrepareMixtureStep>): KeyInputs {
  return {
    // Its tasks' rows, how much of each, and the prefixes that stand in the mixed rows.
    parts: parts.map(({ task, data, ratio }) => ({ data, ratio, prefix: task.prefix })),
    // What the ratios count, whether rows repeat, and what the draw begins with.
    by: mixture.by,
    repeat: mixture.repeat,
    seed: mixture.seed,
    // What cuts the texts and where they end, and the rows of an update: other kinds of mixture do not depend on them,
    // so they stay out of their keys.
    ...(draw.tokens === undefined ? {} : { tokenizer: tokenizerContent!, limits: asJson(draw.tokens.limits) }),
    ...(draw.batch === undefined ? {} : { batch: draw.batch }),
  }
}
