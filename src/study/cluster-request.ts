/** How a study's steps become jobs of a cluster. Nothing of it changes a result, so no key depends on it. */
export interface ClusterRequest {
  readonly partition: string | undefined
  readonly account: string | undefined
  readonly qos: string | undefined
  readonly constraint: string | undefined
  readonly gres: string | undefined
  /** Longest time of one sitting in minutes; `undefined`: what the partition allows. */
  readonly minutes: number | undefined
  /** Processors of a job. */
  readonly cpus: number
  /** Memory of a step that nobody knows anything of, in MiB. */
  readonly memoryMb: number
  /** What an estimate is multiplied by before it is asked for. */
  readonly timeFactor: number
  readonly memoryFactor: number
  /** Shell lines before the program, such as `module load nodejs`. */
  readonly prologue: readonly string[]
  /** Further options of `sbatch`. */
  readonly sbatch: readonly string[]
  /** Jobs that may be in the queue at once; `undefined`: as many as the site allows. */
  readonly jobs: number | undefined
  /** Between two questions to the queue. */
  readonly pollSeconds: number
  /** Before its time is over, a lesson begins to save its state. */
  readonly warnSeconds: number
}

/** Minutes of a time as Slurm writes it and `sbatch --time` takes it, with their fraction. */
export function slurmTime(text: string): number {
  const [, days, rest] = /^(?:(\d+)-)?(.*)$/u.exec(text)!
  const parts = rest!.split(':').map(Number)
  // After days come hours; else one number is minutes, two are minutes and seconds, three begin with hours.
  const [hours = 0, minutes = 0, seconds = 0] = days !== undefined ? parts : parts.length === 3 ? parts : [0, ...parts]
  return Number(days ?? 0) * 1440 + hours * 60 + minutes + seconds / 60
}
