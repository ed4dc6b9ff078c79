import type { ExecutorName } from '../../execute/executors.ts'
import type { DeviceFlags, StudyFlags } from '../input/load-plan.ts'

export interface RunFlags extends StudyFlags, DeviceFlags {
  readonly jobs?: number
  readonly threads?: number
  readonly on?: ExecutorName
  readonly cluster?: string
  readonly detach?: true
  /** That a job of a detached run asks, which goes on with the next steps. */
  readonly goOn?: true
  readonly elsewhere?: 'warn' | 'refuse'
  readonly dryRun?: true
  readonly why?: true
  readonly json?: true
  /** Whether the live page is served, and shown in a browser, as long as it runs. */
  readonly open?: true
  /** Where event files of the lessons go. */
  readonly tensorboard?: string
  /** That nothing is done but the report. */
  readonly alone?: true
  /** Nothing is written. */
  readonly text?: true
  /** Where the page goes, instead of beside the tables. */
  readonly out?: string
}
