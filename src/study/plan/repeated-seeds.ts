import { listOf } from '../../base/plural.ts'
import type { Plan } from './plan.ts'

/** One sentence for each chain that comes to fewer models than it has seeds, as lessons with a seed of their own do. */
export function repeatedSeedNotes({ study, chains }: Plan): string[] {
  return study.chains.flatMap((chain) => {
    const planned = chains.filter((one) => one.chain === chain).map(({ seed }) => seed)
    if (planned.length === chain.seeds.length) return []
    const [all, counted] = [chain.seeds, planned].map((seeds) => listOf(seeds.map(String)))
    return `Seeds ${all} of "${chain.label}" come to the same models, as its lessons have a seed of their own: only ${counted} ${planned.length === 1 ? 'is' : 'are'} taught and counted`
  })
}
