import type { Chain } from '../../study.ts'
import type { Resolving } from '../resolve-task.ts'
import type { YamlPath } from '../yaml-places.ts'
import type { ChainParts } from './chain-parts.ts'
import { resolveChain, untested } from './resolve-chain.ts'
import { resolveSweep } from './resolve-sweep.ts'

/** Checks every chain and sweep; sweeps become one chain for each combination of their values. */
export function resolveChains(parts: ChainParts, resolving: Resolving): Chain[] {
  const { study } = parts
  const chains: Chain[] = []
  const byLabel = new Map<string, Chain>()
  const add = (chain: Chain | undefined): void => {
    if (chain === undefined) return
    const twin = byLabel.get(chain.label)
    byLabel.set(chain.label, twin ?? chain)
    if (twin === undefined) chains.push(chain)
    else resolving.report(chain.at, `The chain "${chain.label}" is given twice: remove one, or give it a "name"`)
  }
  for (const [name, start] of Object.entries(study.starts)) {
    if ('chain' in start) resolveChain(start.chain, ['starts', name, 'chain'], untested, parts, resolving, [name])
  }
  for (const [index, entry] of (study.chains ?? []).entries()) {
    const own = typeof entry === 'string' ? { chain: entry } : entry
    const at: YamlPath = typeof entry === 'string' ? ['chains', index] : ['chains', index, 'chain']
    const lessonsAt: YamlPath = ['chains', index, 'lessons']
    add(resolveChain(own.chain, at, { ...own, lessonsAt, evaluateAt: ['chains', index, 'evaluate'] }, parts, resolving))
  }
  for (const [index, sweep] of (study.sweeps ?? []).entries()) {
    for (const chain of resolveSweep(sweep, ['sweeps', index], parts, resolving)) {
      // A value that is a chain's own already is taught and shown once.
      if (byLabel.has(chain.label)) continue
      byLabel.set(chain.label, chain)
      chains.push(chain)
    }
  }
  if (chains.length === 0 && (study.chains ?? []).length === 0 && (study.sweeps ?? []).length === 0) {
    const what = 'name at least one chain such as "mt5 -> a2t"'
    const empty = (['chains', 'sweeps'] as const).find((key) => study[key] !== undefined)
    if (empty === undefined) resolving.report([], `Missing key "chains" in "study": ${what}`, 'key')
    else resolving.report([empty], `Cannot use a study whose "${empty}" is empty: ${what}`, 'key')
  }
  return chains
}
