import type { Plan } from '../../study/plan/plan.ts'
import { repeatedSeedNotes } from '../../study/plan/repeated-seeds.ts'
import { startSettingNotes } from '../../study/plan/start-settings.ts'
import { deviceNotes } from '../../study/plan/study-device.ts'
import { prefixNotes } from '../../study/prefix-notes.ts'

/** What a study may mean otherwise than it says, or what was decided for it: one sentence each, for whoever plans or runs it. */
export function planNotes(plan: Plan): string[] {
  const { study } = plan
  return [...prefixNotes(study), ...startSettingNotes(study), ...repeatedSeedNotes(plan), ...deviceNotes(study)]
}
