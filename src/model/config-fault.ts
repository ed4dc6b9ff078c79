import { Fault } from '../base/fault.ts'

/** What is wrong with a model's config: all of it. */
export class ConfigFault extends Fault {
  /** Each begins with the key that it is about, in quotes. */
  readonly problems: readonly string[]

  constructor(file: string, problems: readonly string[]) {
    super(`Cannot use the model config "${file}": ${problems.join('; ')}`)
    this.problems = problems
  }
}
