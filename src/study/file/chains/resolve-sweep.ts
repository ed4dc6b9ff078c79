import { didYouMean } from '../../../base/nearest.ts'
import type { Chain } from '../../study.ts'
import type { Resolving } from '../resolve-task.ts'
import type { StudyFile } from '../schema.ts'
import { explainIssues } from '../schema-faults.ts'
import { type TeachEntry, teachSchema } from '../teach-schema.ts'
import { refuseTwoLengths } from '../two-lengths.ts'
import type { YamlPath } from '../yaml-places.ts'
import { type ChainFault, type ParsedChain, parseChain } from './chain-notation.ts'
import type { ChainParts } from './chain-parts.ts'
import { resolveChain } from './resolve-chain.ts'

/** A chain for each combination of the values that one of its lessons is swept over. */
export function resolveSweep(
  sweep: NonNullable<StudyFile['sweeps']>[number],
  at: YamlPath,
  parts: ChainParts,
  resolving: Resolving,
): Chain[] {
  const { chain: text, lesson, seeds, ...values } = sweep
  const parsed: ParsedChain | ChainFault = parseChain(text)
  if ('message' in parsed) {
    resolving.report([...at, 'chain'], parsed.message, parsed.span)
    return []
  }
  const names = parsed.lessons.map(({ name }) => name)
  const swept = lesson === undefined ? names.length - 1 : names.indexOf(lesson)
  if (swept === -1) {
    const message =
      lesson === undefined
        ? 'Cannot sweep a chain without a lesson'
        : `The chain has no lesson "${lesson}"${didYouMean(lesson, names)}`
    resolving.report([...at, lesson === undefined ? 'chain' : 'lesson'], message)
    return []
  }
  refuseTwoLengths(values, at, resolving)
  let sound = true
  let combinations: TeachEntry[] = [{}]
  for (const [key, list] of Object.entries(values)) {
    const settings = (list as readonly unknown[]).map((value, index): TeachEntry => {
      const nested = key.split('.').reduceRight<unknown>((inner, part) => ({ [part]: inner }), value)
      const checked = teachSchema.safeParse(nested)
      if (checked.success) return checked.data
      sound = false
      for (const fault of explainIssues(checked.error, teachSchema, nested, 'sweep')) {
        const first = index === 0 || fault.where === 'value'
        if (first)
          resolving.report(fault.where === 'key' ? [...at, key] : [...at, key, index], fault.message, fault.where)
      }
      return {}
    })
    combinations = combinations.flatMap((before) => settings.map((setting) => mergeEntries(before, setting)))
  }
  if (Object.keys(values).length === 0) {
    resolving.report(at, 'The sweep has no values: add a setting such as "learning_rate: [1e-4, 1e-3]"', 'key')
    return []
  }
  if (!sound) return []
  return combinations.flatMap((settings) => {
    const chain = resolveChain(text, [...at, 'chain'], { seeds, swept: { lesson: swept, settings } }, parts, resolving)
    return chain === undefined ? [] : [chain]
  })
}

function mergeEntries(a: TeachEntry, b: TeachEntry): TeachEntry {
  return { ...a, ...b, ...(a.limits && b.limits ? { limits: { ...a.limits, ...b.limits } } : {}) }
}
