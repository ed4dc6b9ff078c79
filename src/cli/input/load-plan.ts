import { hubFolder } from '../../pretrained/hub-folder.ts'
import { readInputs } from '../../study/plan/inputs.ts'
import { type Plan, planStudy } from '../../study/plan/plan.ts'
import type { Store } from '../../study/store/store.ts'
import { whileFetching } from '../print/while-fetching.ts'
import { loadStudy, StudyFaults } from './load-study.ts'

/** What every command on a study takes. */
export interface StudyFlags {
  readonly store?: string
  readonly folder?: ReadonlyMap<string, string>
}

/**
 * Reads, checks and plans a study.
 *
 * @param change made to the text of the file before it is read
 * @throws {Fault} if the file cannot be read
 * @throws {StudyFaults} if the study has faults or names what is not there
 */
export async function loadPlan(
  study: string,
  store: Store,
  { folder }: StudyFlags,
  change?: (text: string) => string,
): Promise<Plan> {
  const checked = loadStudy(study, folder ?? new Map(), change)
  const cacheFile = store.inputHashesFile
  const inputs = await whileFetching((listeners) => readInputs(checked, { hubFolder, cacheFile, listeners }))
  if ('faults' in inputs) throw new StudyFaults(inputs.faults)
  return planStudy(checked.study, inputs)
}
