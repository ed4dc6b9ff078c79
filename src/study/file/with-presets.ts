import { type TaskPresetName, taskPresets } from '../../tasks/presets.ts'
import type { GenerateEntry } from './keys/generate-schema.ts'
import type { LabelsEntry, StudyFile, TaskEntry } from './schema.ts'
import type { TeachEntry } from './teach-schema.ts'

/** Fills tasks that name a preset with what they do not say themselves. */
export function withPresets(study: StudyFile): StudyFile {
  return {
    ...study,
    tasks: Object.fromEntries(Object.entries(study.tasks).map(([name, task]) => [name, withPreset(task)])),
  }
}

/** What a preset can say of a task: everything but where its rows are. */
type Preset = Partial<Omit<TaskEntry, 'data' | 'preset'>> & { readonly split?: TaskEntry['data']['split'] }

// The type's check that every preset fits the schema.
const presets: Readonly<Record<TaskPresetName, DeepReadonly<Preset>>> = taskPresets

function withPreset(task: TaskEntry): TaskEntry {
  if (task.preset === undefined) return task
  const { split, limits, teach, generate, labels, ...preset } = structuredClone(presets[task.preset]) as Preset
  const { data } = task
  const divided = [data.split, data.train, data.validation, data.test].some((part) => part !== undefined)
  return {
    ...preset,
    ...task,
    data: divided || split === undefined ? data : { ...data, split },
    ...(limits === undefined ? {} : { limits: { ...limits, ...task.limits } }),
    ...(teach === undefined ? {} : { teach: withoutRivals(teach, task.teach) }),
    ...(generate === undefined ? {} : { generate: withoutRivals(generate, task.generate) }),
    ...(labels === undefined ? {} : { labels: withoutRivals(labels, task.labels) }),
  }
}

/** Of two settings that exclude each other, the study's own one replaces the preset's. */
function withoutRivals<T extends TeachEntry | GenerateEntry | LabelsEntry>(preset: T, own: T | undefined): T {
  const merged: Record<string, unknown> = { ...preset, ...own }
  const rivals: readonly (readonly [string, string])[] = [
    ['epochs', 'steps'],
    ['max_length', 'max_new_tokens'],
    ['column', 'columns'],
    ['classes', 'columns'],
  ]
  for (const [first, second] of rivals) {
    if (own !== undefined && Object.hasOwn(own, second) && !Object.hasOwn(own, first)) delete merged[first]
    if (own !== undefined && Object.hasOwn(own, first) && !Object.hasOwn(own, second)) delete merged[second]
  }
  return merged as T
}

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T
