import { type GenerationEntry, generationProblem } from '../../lesson/generation.ts'
import { mergeGenerate, withoutUndefined } from '../file/merge-settings.ts'
import type { GenerateSettings, Study, StudyTask } from '../study.ts'

/**
 * A study whose tasks have all settings of their answers: where a task takes what the folder of a start says
 * (`generate: { from: NAME }`), every chain is answered so, whatever folder it begins from.
 */
export function withStartSettings(study: Study, saidFor: (task: StudyTask) => GenerationEntry): Study {
  const tasks = [...study.tasks].map(([name, task]): [string, StudyTask] => [
    name,
    task.generateFrom === undefined ? task : { ...task, generate: answeredAs(task, saidFor(task)) },
  ])
  return { ...study, tasks: new Map(tasks) }
}

/** What the folder of a start says, under what the study says itself. */
function answeredAs(
  { limits, generateFrom }: Pick<StudyTask, 'limits' | 'generateFrom'>,
  said: GenerationEntry,
): GenerateSettings {
  const { num_return_sequences: _, ...settings } = said
  return mergeGenerate(limits, [settings, ...(generateFrom?.layers ?? [])])
}

/** What a task says itself that is of no use with what its start says, as the rest of a sentence. */
export function idleWithStart(
  task: Pick<StudyTask, 'limits' | 'generateFrom'>,
  said: GenerationEntry,
): string | undefined {
  const own = task.generateFrom?.layers.at(-1) ?? {}
  return generationProblem(withoutUndefined(own), answeredAs(task, said))?.sentence
}

/** One sentence for each task that is answered as the folder of a start says. */
export function startSettingNotes({ tasks }: Pick<Study, 'tasks'>): string[] {
  return [...tasks.values()].flatMap(({ name, generateFrom, generate: { batch: _, ...settings } }) => {
    if (generateFrom === undefined) return []
    const said = Object.entries(settings).map(([key, value]) => `${key} ${JSON.stringify(value)}`)
    return [
      `"${name}" is answered as the folder of "${generateFrom.start.name}" says, by all chains: ${said.join(', ')}`,
    ]
  })
}
