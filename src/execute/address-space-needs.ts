import { addressSpaceLimit, hasAddressSpace, tooFewAddresses } from '../base/bounds/address-space.ts'
import { Fault } from '../base/fault.ts'
import { lessonFromStudy } from '../lesson/lesson-settings.ts'
import { parseArchitecture } from '../pretrained/families.ts'
import { type OpenModel, openModel } from '../pretrained/open-model.ts'
import { rootWeights } from '../study/plan/estimate.ts'
import type { Plan } from '../study/plan/plan.ts'
import type { TeachStep } from '../study/steps/kinds/teach.ts'
import type { Weights } from '../study/steps/weights.ts'
import type { Store } from '../study/store/store.ts'
import { lessonSize } from '../train/memory/lesson-size.ts'
import { optimizerOf } from '../train/optimizer-of.ts'

/**
 * Looks beforehand whether this process's limit on addresses (ulimit -v) is enough for what a study has still to do.
 *
 * @throws {Fault} that says how much is needed
 */
export async function requireAddressSpace(
  plan: Plan,
  store: Store,
  limit = addressSpaceLimit(),
  hasRoom = hasAddressSpace,
): Promise<void> {
  if (limit === undefined) return
  const needs = []
  for (const step of plan.steps.values()) {
    if (step.kind === 'prepare' || store.isDone(step.kind, step.key)) continue
    const blocks = step.kind === 'teach' ? await blocksOfLesson(step, plan) : 1
    needs.push({ label: step.label, blocks })
  }
  const most = needs.reduce((a, b) => (b.blocks > a.blocks ? b : a), { label: '', blocks: 0 })
  if (most.blocks > 0 && !hasRoom(most.blocks, limit)) throw tooFewAddresses(most.label, most.blocks)
}

/** WebAssembly memories of at most 4 GiB that hold a lesson's model, and one for its dropout masks. */
async function blocksOfLesson({ start, settings, seed }: TeachStep, plan: Plan): Promise<number> {
  const architecture = await architectureOf(rootWeights(start, plan))
  if (architecture === undefined) return 1
  const masks = (settings.dropout ?? architecture.dropoutRate) > 0 ? 1 : 0
  const { parameters, optimizerBytes } = lessonSize(architecture, optimizerOf(lessonFromStudy(settings, seed)))
  // Beside the pieces that are taught the whole model is held, to be answered with and saved.
  if (settings.trim_vocab === 'auto') return 1 + Math.ceil((4 * parameters) / 2 ** 32) + masks
  return Math.ceil((8 * parameters + optimizerBytes) / 2 ** 32) + masks
}

/** @returns nothing of a folder that cannot be opened: what is wrong with it is told where it is used */
async function architectureOf(
  root: Exclude<Weights, { kind: 'step' }>,
): Promise<OpenModel['architecture'] | undefined> {
  try {
    if (root.kind === 'scratch') return parseArchitecture(root.config, 'scratch')
    const model = await openModel(root.folder)
    model.close()
    return model.architecture
  } catch (error) {
    if (error instanceof Fault) return undefined
    throw error
  }
}
