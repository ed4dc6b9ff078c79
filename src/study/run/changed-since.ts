import { hashFile } from '../../content/hash-file.ts'
import { FileHashes } from '../contents/file-hashes.ts'
import { isChanged, type OutsideInput } from '../contents/outside-input.ts'
import type { Plan } from '../plan/plan.ts'
import { ruleOf } from '../steps/step-kinds.ts'
import type { Store } from '../store/store.ts'

/** Milliseconds from the end of one look at all files to the next. */
const lookEveryMs = 5000

/**
 * What of a study's files holds something else than when it was planned, a sentence each: its own file as it is at the moment of
 * asking, data, models and tokenizers as of the last look. Of these what cannot be read
 * by now is no change of what is shown.
 */
export function changedSince(plan: Plan, store: Store): () => string[] {
  const { file } = plan.study
  const before = hashOf(file)
  const hashes = new FileHashes(store.inputHashesFile, undefined)
  const inputs = outsideInputs(plan)
  let changed: readonly string[] = []
  let next = 0
  const look = async (): Promise<void> => {
    next = Number.POSITIVE_INFINITY
    const found: string[] = []
    for (const input of inputs) if (await hasOtherContent(input, hashes)) found.push(input.name)
    changed = found
    next = performance.now() + lookEveryMs
  }
  return () => {
    if (performance.now() >= next) void look()
    const names = hashOf(file) === before ? changed : [`"${file}"`, ...changed]
    return names.map(
      (name) => `${name} was changed after this server began, which shows the study as it was: begin it anew`,
    )
  }
}

/** Each once, whatever number of steps read it. */
function outsideInputs({ steps }: Plan): OutsideInput[] {
  const found = new Map<string, OutsideInput>()
  for (const step of steps.values()) {
    for (const input of ruleOf(step.kind).outside?.(step) ?? []) {
      found.set(JSON.stringify([input.name, input.content]), input)
    }
  }
  return [...found.values()]
}

async function hasOtherContent(input: OutsideInput, hashes: FileHashes): Promise<boolean> {
  try {
    return await isChanged(input, hashes)
  } catch {
    // It may be being written: the next look tells.
    return false
  }
}

/** Empty for a file that is not there. */
function hashOf(file: string): string {
  try {
    return hashFile(file)
  } catch {
    return ''
  }
}
