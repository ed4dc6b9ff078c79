import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { packageFolder } from '../../../base/package.ts'
import { runAndReport } from '../../run/run-and-report.ts'

interface DemoFlags {
  readonly store: string
  readonly dryRun?: true
  readonly json?: true
}

/** `reteach demo`: the whole paper in a miniature world. */
export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('The whole paper in a miniature world: some minutes, no download')
    .option('--store <dir>', 'folder of finished steps', '.reteach')
    .option('--dry-run', 'only say which steps would be done')
    .option('--json', 'print steps and tables as JSON')
    .addHelpText(
      'after',
      `
It runs examples/miniature/study.yaml of this package, an ordinary study file.

Example:
  $ reteach demo --store /tmp/demo`,
    )
    .action(async (flags: DemoFlags) => {
      const study = join(packageFolder, 'examples/miniature/study.yaml')
      // Its model is too small for a second thread to be of use: lessons run side by side, one core each.
      await runAndReport(study, { ...flags, jobs: Math.min(4, availableParallelism()) })
    })
}
