import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { programVersion } from '../base/package.ts'
import { keyedSettings } from '../lesson/teach-settings.ts'
import type { LabelCalibration } from '../metrics/statistics/label-calibration.ts'
import { markdownCode } from '../report/words/markdown-code.ts'
import { markdownText } from '../report/words/markdown-text.ts'
import { quotedText } from '../report/words/quoted-text.ts'
import type { Checkpoint } from '../study/checkpoints/checkpoints.ts'
import { keptCheckpoint } from '../study/checkpoints/kept-checkpoint.ts'
import type { Plan } from '../study/plan/plan.ts'
import { scoreName } from '../study/score-names.ts'
import type { TeachStep } from '../study/steps/kinds/teach.ts'
import type { Store } from '../study/store/store.ts'
import type { Chain, Start, StudyTask } from '../study/study.ts'

/** What a model card tells of. */
export interface CardSubject {
  readonly plan: Plan
  readonly store: Store
  readonly checkpoint: Checkpoint
  /** What it was exported for. */
  readonly task: StudyTask
  readonly calibration: LabelCalibration | undefined
  /** What `predict --model` finds it by. Default: its folder, to which its settings were exported. */
  readonly askedAs?: string
}

/** A model card as the hub shows it: what the model is for, what has taught it, its scores, its labels, how to ask it. */
export async function modelCard(subject: CardSubject): Promise<string> {
  const { checkpoint, plan, task, store } = subject
  const { names, seeds, chain, step } = checkpoint
  const { weightsSha256 } = store.result('teach', step.key)
  const sections = [
    frontMatter(chain.start),
    `# ${markdownText(names[0]!)}`,
    `A model for the task ${markdownCode(task.name)}, seed ${seeds.join(', ')}, of the study "${markdownText(plan.study.name)}"; taught and tested by reteach ${programVersion()}.`,
    `## What has taught it\n\n${(await lessonLines(subject)).join('\n')}`,
    `## Scores\n\n${scoreLines(subject).join('\n')}`,
    ...labelSections(subject),
    `## How to ask it\n\n${usage(task, subject.askedAs ?? 'DIR', store.modelFolder(step.key))}`,
    `Step \`${step.key}\`, weights sha256 \`${weightsSha256}\`. Its licence follows from those of its start and its data.`,
  ]
  return `${sections.join('\n\n')}\n`
}

function frontMatter(start: Start): string {
  const base = start.kind === 'hub' ? [`base_model: ${quotedText(start.hub)}`] : []
  return [
    '---',
    'library_name: transformers',
    'pipeline_tag: text2text-generation',
    ...base,
    'tags: [reteach]',
    '---',
  ].join('\n')
}

async function lessonLines({ plan, store, checkpoint }: CardSubject): Promise<string[]> {
  const lines = [`0. ${startText(checkpoint.chain)}`]
  const lessons = lessonsOf(plan, checkpoint.step)
  for (const [index, lesson] of lessons.entries()) {
    const { which, update, updates } = await keptCheckpoint(lesson, store)
    const { seconds } = store.result('teach', lesson.key)
    const kept = which === 'best' ? `the best, after update ${update}` : 'the last'
    const rows = store.isDone('prepare', lesson.data)
      ? (store.result('prepare', lesson.data).rows.train ?? 0)
      : undefined
    const count = rows === undefined ? '' : `${rows} rows, `
    lines.push(
      `${index + 1}. ${markdownCode(lesson.taught)}: ${count}${updates} updates in ${(seconds / 60).toFixed(1)} minutes, seed ${lesson.seed}; ${kept} was kept${again(lessons, index)}. Settings: ${markdownText(settingsText(keyedSettings(lesson.settings)))}`,
    )
  }
  return lines
}

/** The same rows once more are another schedule than one longer lesson, and another optimizer. */
function again(lessons: readonly TeachStep[], index: number): string {
  if (lessons[index - 1]?.data !== lessons[index]!.data) return ''
  return '; it goes on with the rows of the lesson before, with an optimizer that begins anew and a schedule of its own, which is not what one longer lesson would have been'
}

function startText({ start }: Chain): string {
  switch (start.kind) {
    case 'hub':
      return `[${markdownText(start.hub)}](https://huggingface.co/${encodeURI(start.hub)}), revision ${markdownText(start.revision)}`
    case 'folder':
      return `the model folder "${markdownText(start.folder.written)}"`
    case 'scratch':
      return 'random weights'
  }
}

/** Every lesson behind a checkpoint, the first one first. */
function lessonsOf(plan: Plan, last: TeachStep): TeachStep[] {
  const before = last.start.kind === 'step' ? (plan.steps.get(last.start.key) as TeachStep) : undefined
  return [...(before === undefined ? [] : lessonsOf(plan, before)), last]
}

function settingsText(settings: object, within = ''): string {
  return Object.entries(settings)
    .map(([name, value]: [string, unknown]) =>
      typeof value === 'object' && value !== null
        ? settingsText(value, `${within}${name}.`)
        : `${within}${name} ${String(value)}`,
    )
    .join(', ')
}

function scoreLines({ store, checkpoint: { tests } }: CardSubject): string[] {
  const lines = tests.flatMap(({ task, key }) => {
    if (!store.isDone('evaluate', key)) return []
    const { metrics, examples } = store.scores(key)
    return metrics.flatMap((metric) =>
      metric.fields.map(
        (field) =>
          `| ${markdownText(task)} | ${markdownText(scoreName(metric, field))} | ${metric.scores[field]!.toFixed(4)} | ${examples} | ${markdownCode(metric.signature)} |`,
      ),
    )
  })
  if (lines.length === 0) return ['It is not tested.']
  return ['| task | score | value | test rows | signature |', '|---|---|---|---|---|', ...lines]
}

function labelSections({ task: { texts }, calibration }: CardSubject): string[] {
  if (texts.kind !== 'labels') return []
  const { classes, answer } = texts.labels
  const how = texts.single ? 'one of' : `any of, joined by ${markdownCode(answer.separator)},`
  const none = `or ${markdownCode(answer.none)} for no label`
  const list = classes
    .map((label) => `${markdownCode(answer.lowercase ? label.toLowerCase() : label)} (${markdownText(label)})`)
    .join(', ')
  return [`## Labels\n\nAn answer is ${how} ${list}, ${none}.${confidenceText(calibration)}`]
}

function confidenceText(calibration: LabelCalibration | undefined): string {
  if (calibration === undefined) return ''
  const { rows, quality, fit } = calibration
  const how = fit === 'none' ? "are the model's own; on" : 'were calibrated on'
  return ` Confidences of \`reteach predict\` ${how} ${rows} validation rows: Brier score ${quality.brier.toFixed(4)}, expected calibration error ${quality.ece.toFixed(4)}${fit === 'none' ? '' : ' by cross-fitting'}.`
}

/** @param folder of the model: transformers makes another tokenizer of a `spiece.model` alone unless it is asked for the slow one */
function usage({ prefix, limits }: StudyTask, askedAs: string, folder: string): string {
  const isSlow = existsSync(join(folder, 'spiece.model')) && !existsSync(join(folder, 'tokenizer.json'))
  const source = quotedText(`${prefix}…`)
  return `\`\`\`python
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("DIR"${isSlow ? ', use_fast=False' : ''})
model = AutoModelForSeq2SeqLM.from_pretrained("DIR")
inputs = tokenizer(${source}, return_tensors="pt", truncation=True, max_length=${limits.source})
print(tokenizer.decode(model.generate(**inputs)[0], skip_special_tokens=True))
\`\`\`

\`\`\`sh
reteach predict --model ${askedAs === 'DIR' ? askedAs : quotedText(askedAs)} --input new-rows.csv
\`\`\`

${prefix === '' ? 'Sources' : `The prefix ${markdownCode(JSON.stringify(prefix))} stands before every source; sources`} of more than ${limits.source} tokens are cut.`
}
