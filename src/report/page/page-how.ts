import { keyedSettings } from '../../lesson/teach-settings.ts'
import type { StepKey } from '../../study/keys.ts'
import type { Plan, PlannedChain } from '../../study/plan/plan.ts'
import { shownName } from '../../study/shown-name.ts'
import type { PrepareMixtureStep, PrepareStep } from '../../study/steps/kinds/prepare.ts'
import type { Step } from '../../study/steps/step-kinds.ts'
import { sourcesOf } from '../../study/study.ts'
import type { StudyResults } from '../results/study-results.ts'
import type { PageGrid, PageHow, PageSection, PageTreeNode } from './page-data.ts'

/** How a study was done, from its plan and the records of its finished steps. */
export function pageHow(results: StudyResults, sections: readonly PageSection[]): PageHow {
  const { lessons, commonSettings } = settingGrids(results)
  return {
    data: dataGrid(results),
    lessons,
    commonSettings,
    tree: lessonTree(results),
    sections,
    machines: machineGrid(results),
    steps: stepGrid(results),
  }
}

/** Rows of every part, by task and mixture, with the files that they come from. */
function dataGrid({ plan, store }: StudyResults): PageGrid {
  const printed = printing(plan)
  const steps = stepsOf(plan, 'prepare').filter(({ key }) => store.isDone('prepare', key))
  const rows = steps.map((step) => {
    const { train = 0, validation = 0, test = 0 } = store.soundResult('prepare', step.key)?.rows ?? {}
    const { name } = step.mixture ?? step.task
    return [
      step.label.replace(/^prepare /u, '').replace(name, () => printed(name)),
      ...[train, validation, test].map(String),
      filesOf(step),
    ]
  })
  return { header: ['task', 'taught', 'validation', 'test', 'from'], rows }
}

function filesOf(step: PrepareStep | PrepareMixtureStep): string {
  const tasks = step.mixture === undefined ? [step.task] : step.parts.map(({ task }) => task)
  return [...new Set(tasks.flatMap(sourcesOf).flatMap(({ paths }) => paths.map(({ written }) => written)))].join(', ')
}

/** Settings that all lessons share, and for each lesson those that they do not. */
function settingGrids({ plan }: StudyResults): Pick<PageHow, 'lessons' | 'commonSettings'> {
  const printed = printing(plan)
  const byName = new Map<string, ReadonlyMap<string, string>>()
  for (const { taught, settings } of stepsOf(plan, 'teach')) {
    if (!byName.has(taught)) byName.set(taught, new Map(flat(keyedSettings(settings))))
  }
  const all = [...byName.values()]
  const names = [...new Set(all.flatMap((settings) => [...settings.keys()]))]
  const isCommon = (name: string): boolean => new Set(all.map((settings) => settings.get(name))).size === 1
  const own = names.filter((name) => !isCommon(name))
  return {
    commonSettings: {
      header: ['setting of every lesson', 'value'],
      rows: names.filter(isCommon).map((name) => [name, all[0]!.get(name)!]),
    },
    lessons: {
      header: ['lesson', ...own],
      rows: [...byName].map(([taught, settings]) => [printed(taught), ...own.map((name) => settings.get(name) ?? '–')]),
    },
  }
}

function flat(settings: object, within = ''): [string, string][] {
  return Object.entries(settings).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null
      ? flat(value, `${within}${name}.`)
      : [[`${within}${name}`, String(value)] as [string, string]],
  )
}

interface DraftNode extends Omit<PageTreeNode, 'after' | 'detail' | 'state' | 'tests'> {
  readonly after: Map<string, DraftNode>
  readonly steps: Set<StepKey>
  readonly tests: Set<string>
}

/** Starts with what is taught after them; seeds of one lesson are one node. */
function lessonTree(results: StudyResults): PageTreeNode[] {
  const roots = new Map<string, DraftNode>()
  for (const planned of results.plan.chains) addChain(roots, planned)
  return [...roots.values()].map((node) => treeNode(node, results))
}

function addChain(roots: Map<string, DraftNode>, { chain, teach, evaluations }: PlannedChain): void {
  let nodes = roots
  for (let after = 0; after <= chain.lessons.length; after++) {
    const name = after === 0 ? chain.start.name : chain.lessons[after - 1]!.label
    const node: DraftNode = nodes.get(name) ?? {
      name,
      kind: after === 0 ? 'start' : 'lesson',
      after: new Map(),
      steps: new Set(),
      tests: new Set(),
    }
    nodes.set(name, node)
    if (after > 0) node.steps.add(teach[after - 1]!)
    for (const test of evaluations) if (test.afterLessons === after) node.tests.add(test.task)
    nodes = node.after
  }
}

function treeNode({ name, kind, after, steps, tests }: DraftNode, results: StudyResults): PageTreeNode {
  const { plan, store } = results
  const printed = printing(plan)
  const keys = [...steps]
  const done = keys.filter((key) => store.isDone('teach', key))
  const failed = keys.some((key) => !store.isDone('teach', key) && store.failure('teach', key) !== undefined)
  return {
    name: printed(name),
    kind,
    detail: kind === 'start' ? startWords(name, plan) : lessonWords(done, keys.length, results),
    state: failed ? 'failed' : done.length === keys.length ? 'finished' : 'open',
    tests: [...tests].map(printed),
    after: [...after.values()].map((node) => treeNode(node, results)),
  }
}

/** By which names chains, tasks and lessons are printed. */
function printing({ study }: Plan): (name: string) => string {
  return (name) => shownName(study, name)
}

function startWords(name: string, { study }: Plan): string {
  const start = study.starts.get(name) ?? study.chains.find((chain) => chain.start.name === name)?.start
  if (start?.kind === 'hub') return `${start.hub}, revision ${start.revision}`
  if (start?.kind === 'folder') return `folder ${start.folder.written}`
  return 'random weights'
}

function lessonWords(done: readonly StepKey[], all: number, { store }: StudyResults): string {
  const seeds = `${done.length} of ${all} ${all === 1 ? 'seed' : 'seeds'}`
  const updates = [...new Set(done.flatMap((key) => store.soundResult('teach', key)?.steps ?? []))]
  if (updates.length === 0) return seeds
  const [least, most] = [Math.min(...updates), Math.max(...updates)]
  return `${seeds}, ${least === most ? least : `${least} to ${most}`} updates`
}

/** What has done the steps: program, Node, runtime, processor. */
function machineGrid({ plan, store }: StudyResults): PageGrid {
  const counts = new Map<string, number>()
  for (const { kind, key } of plan.steps.values()) {
    if (!store.isDone(kind, key)) continue
    const { program, host, result } = store.record(kind, key)
    const computer = 'computer' in result ? result.computer : undefined
    const cells = [
      program,
      `Node ${host.node}`,
      host.platform,
      computer === undefined ? '' : computer.processor,
      computer === undefined ? '' : `onnxruntime ${computer.runtime}`,
      computer === undefined ? '' : String(computer.threads),
    ]
    const name = JSON.stringify(cells)
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const rows = [...counts].map(([cells, count]) => [...(JSON.parse(cells) as string[]), String(count)])
  return { header: ['program', 'Node', 'system', 'processor', 'runtime', 'threads', 'steps'], rows }
}

function stepGrid({ plan, store }: StudyResults): PageGrid {
  const rows = [...plan.steps.values()].map(({ kind, key, label }) => {
    if (store.isDone(kind, key)) return [label, 'finished', store.record(kind, key).seconds.toFixed(1), key]
    const damage = store.damage(kind, key)
    const failure = store.failure(kind, key)
    const state = damage === undefined ? failure && `failed: ${failure.reason}` : `does not count, as ${damage}`
    return [label, state ?? 'not finished', '', key]
  })
  return { header: ['step', 'state', 'seconds', 'key'], rows }
}

function stepsOf<Kind extends Step['kind']>({ steps }: Plan, kind: Kind): Extract<Step, { kind: Kind }>[] {
  return [...steps.values()].filter((step): step is Extract<Step, { kind: Kind }> => step.kind === kind)
}
