import type { Plan } from '../study/plan/plan.ts'
import type { Executor, ExecutorOptions } from '../study/run/executor.ts'
import { localExecutor } from './local.ts'
import { slurmExecutor } from './slurm.ts'

/** The ways to get steps done, by the name that `--on` takes. */
export const executors = {
  local: localExecutor,
  slurm: slurmExecutor,
} satisfies Readonly<Record<string, (plan: Plan, options: ExecutorOptions) => Executor>>

export type ExecutorName = keyof typeof executors
