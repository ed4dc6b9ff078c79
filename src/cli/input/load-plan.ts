import { plural } from '../../base/plural.ts'
import type { HubOptions } from '../../hub/snapshot.ts'
import type { DeviceChoice } from '../../lesson/device.ts'
import { hubFolder } from '../../pretrained/hub-folder.ts'
import { contentFaults } from '../../study/plan/content-faults.ts'
import { type FaultyInputs, type InputOptions, type Inputs, readInputs } from '../../study/plan/inputs.ts'
import { keepInputs, lacksInputs, lastInputs } from '../../study/plan/last-inputs.ts'
import { type Plan, planStudy } from '../../study/plan/plan.ts'
import { changedInputs } from '../../study/run/study-claims.ts'
import type { Store } from '../../study/store/store.ts'
import type { Study } from '../../study/study.ts'
import { tellNotes } from '../print/tell-notes.ts'
import { whileFetching } from '../print/while-fetching.ts'
import { loadStudy, StudyFaults } from './load-study.ts'
import { withStudyDevice } from './study-device.ts'

/** What every command on a study takes. */
export interface StudyFlags {
  readonly store?: string
  readonly folder?: ReadonlyMap<string, string>
}

/** Of the commands that may say what everything is computed on. */
export interface DeviceFlags {
  readonly device?: DeviceChoice
}

interface PlanOptions {
  readonly change?: (text: string) => string
  readonly dryRun?: true
  /** Whether inputs that are no more there count as they were last read: for what is looked at, and not run. */
  readonly looksOnly?: true
  /** Whether all that is in the hub's cache is read and compared with its checksums. */
  readonly comparesCache?: true
}

/**
 * Reads, checks and plans a study.
 *
 * @param options `change` is made to the text of the file before it is read; `device` stands for all that the study names; with
 *   `dryRun` the store is left as it is
 * @throws {Fault} if the file cannot be read
 * @throws {StudyFaults} if the study has faults or names what is not there
 */
export async function loadPlan(
  study: string,
  store: Store,
  { folder }: StudyFlags,
  { change, device, dryRun, looksOnly, comparesCache }: DeviceFlags & PlanOptions = {},
): Promise<Plan> {
  const checked = loadStudy(study, folder ?? new Map(), { change, device })
  const writes = dryRun !== true
  const compared = comparesCache && { compared: new Set<string>() }
  const read = await whileFetching((listeners) =>
    readInputs(checked, { ...inputOptions(store, { ...listeners, ...compared }), writes }),
  )
  const inputs =
    'faults' in read && looksOnly && lacksInputs(checked.study) ? lastInputsOf(checked.study, store, read) : read
  if ('faults' in inputs) throw new StudyFaults(inputs.faults)
  if (writes && change === undefined && inputs === read) keepInputs(store.lastInputsFile, checked.study, inputs)
  const plan = planStudy(withStudyDevice(checked.study, store, device), inputs)
  tellChanged(plan, store)
  return plan
}

/** Where a study's results seem to be gone, as its files hold something else by now. */
function tellChanged(plan: Plan, store: Store): void {
  const changed = changedInputs(plan, store)
  if (changed === undefined) return
  const { tasks, starts, steps } = changed
  const named = (what: string, names: readonly string[]): string[] =>
    names.length === 0 ? [] : [`${what} ${names.map((name) => `"${name}"`).join(', ')}`]
  const what = [...named('rows of', tasks), ...named('files of', starts)].join(' and ')
  tellNotes([
    `The ${what} are others than when the study was last run: ${plural(steps, 'finished step')} of what they were ${steps === 1 ? 'is' : 'are'} in the store`,
  ])
}

/**
 * {@link loadPlan} that looks into all inputs as well: what would end a run in its middle is told before it, with the
 * place of the study file. What may be other than meant is told as notes.
 */
export async function loadCheckedPlan(
  study: string,
  store: Store,
  { folder, device }: StudyFlags & DeviceFlags,
): Promise<Plan> {
  const checked = loadStudy(study, folder ?? new Map(), { device })
  return await whileFetching(async (listeners) => {
    const inputs = await readInputs(checked, inputOptions(store, listeners))
    const study = withStudyDevice(checked.study, store, device)
    const plan = 'faults' in inputs ? undefined : planStudy(study, inputs)
    const prepared = preparedTasks(plan, store)
    const { faults, remarks } = await contentFaults(checked, inputs, ({ name }) => prepared.has(name), listeners)
    tellNotes(remarks.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`))
    if (faults.length > 0 || plan === undefined || 'faults' in inputs) throw new StudyFaults(faults)
    keepInputs(store.lastInputsFile, checked.study, inputs)
    tellChanged(plan, store)
    return plan
  })
}

/** What the inputs held when they were last read, with a note; or their faults where that is not known. */
function lastInputsOf(study: Study, store: Store, read: FaultyInputs): Inputs | FaultyInputs {
  const known = lastInputs(store.lastInputsFile, study)
  if (known === undefined) return read
  const [first, ...others] = read.faults.map(({ message }) => message)
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  tellNotes([`What inputs held when they were last read counts, as not all are there: ${first}${more}`])
  return known
}

function inputOptions(store: Store, listeners: HubOptions): InputOptions {
  return { hubFolder, cacheFile: store.inputHashesFile, listeners }
}

/** Names of the tasks whose rows are ready, for every seed. */
function preparedTasks(plan: Plan | undefined, store: Store): ReadonlySet<string> {
  const ready = new Map<string, boolean>()
  for (const step of plan?.steps.values() ?? []) {
    if (step.kind !== 'prepare' || step.mixture !== undefined) continue
    const { name } = step.task
    ready.set(name, (ready.get(name) ?? true) && store.isDone(step.kind, step.key))
  }
  return new Set([...ready.keys()].filter((name) => ready.get(name)))
}
