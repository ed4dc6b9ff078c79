import type { Command } from 'commander'
import { lessonDefaults } from '../../../lesson/lesson-settings.ts'
import { lossOf } from '../../../train/child.ts'
import { addModelOptions, type ModelFlags, modelFolder } from '../../input/model-folder.ts'
import { wholeNumber } from '../../options/option-values.ts'
import { interruptible } from '../../print/interrupts.ts'

interface LossFlags extends ModelFlags {
  readonly data: string
  readonly batch: number
  readonly maxSource?: number
  readonly maxTarget?: number
  readonly prefix: string
  readonly threads?: number
  readonly json?: true
}

/** `reteach loss`: how well a model predicts given targets. */
export function addLossCommand(program: Command): void {
  const command = program.command('loss').description("Measure a model's loss on pairs, dropout off")
  addModelOptions(command, 'model folder')
    .requiredOption('--data <file>', 'pairs: JSONL of {"source", "target"}')
    .option('--batch <n>', 'pairs of one pass', wholeNumber(1), 16)
    .option('--max-source <n>', 'longest source in tokens, </s> included (default: not cut)', wholeNumber(1))
    .option('--max-target <n>', 'longest target in tokens, </s> included (default: not cut)', wholeNumber(1))
    .option('--prefix <text>', 'put before every source', '')
    .option('--threads <n>', 'threads to use (default: all cores)', wholeNumber(1))
    .option('--json', 'print {"loss", "tokens", "per_example"}')
    .addHelpText(
      'after',
      `
Example:
  $ reteach loss --model ./taught --data test.jsonl --max-source 512 --max-target 128 --json`,
    )
    .action(async (flags: LossFlags) => {
      const model = await modelFolder(flags, command)
      const result = await interruptible((signal) =>
        lossOf(
          {
            model,
            pairs: flags.data,
            batch: flags.batch,
            maxSource: flags.maxSource ?? lessonDefaults.maxSource,
            maxTarget: flags.maxTarget ?? lessonDefaults.maxTarget,
            prefix: flags.prefix,
            ...(flags.threads === undefined ? {} : { threads: flags.threads }),
          },
          { signal, onEvent: ({ message }) => process.stderr.write(`Warning: ${message}\n`) },
        ),
      )
      process.stdout.write(
        flags.json
          ? `${JSON.stringify(result)}\n`
          : `Loss ${result.loss.toFixed(6)} over ${result.tokens} target tokens of ${result.per_example.length} pairs\n`,
      )
    })
}
