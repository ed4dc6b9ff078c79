import { availableParallelism } from 'node:os'

/** As many as the largest machines have cores; thousands of threads take minutes to start and never end their work. */
export const mostThreads = Math.max(256, availableParallelism())
