import { join } from 'node:path'
import type { Command } from 'commander'
import { plural } from '../../../base/plural.ts'
import { cacheFolder } from '../../../devices/kept-checks.ts'
import { pushFolder } from '../../../hub/push/push-folder.ts'
import { ownRepoName } from '../../options/option-values.ts'
import { interruptible } from '../../print/interrupts.ts'
import { ProgressLine } from '../../print/progress-line.ts'
import { requireWholeModel } from './require-whole-model.ts'

interface PushFlags {
  readonly public?: true
  readonly message?: string
  readonly json?: true
}

/** `reteach push`: a model's folder to the Hugging Face hub. */
export function addPushCommand(program: Command): void {
  program
    .command('push')
    .description("Bring a model's folder to the Hugging Face hub, private unless --public")
    .argument('<folder>', 'such as one that "reteach export" has written')
    .argument('<owner/name>', 'repository, which is made if there is none', ownRepoName)
    .option('--public', 'of a repository that is made: everybody may see it')
    .option('--message <text>', 'of the commit (default: "Upload model with reteach")')
    .option('--json', 'print {"url", "commit", "sent", "unchanged", "private"}')
    .addHelpText(
      'after',
      `
The folder is looked through first: a model that is not whole is not sent. HF_TOKEN, or what "hf auth login" has saved, must be
allowed to write. What the hub has already is not sent again, so that a
push that was broken off goes on. A README.md without the hub's front matter gets one on the way; links are followed, hidden
files stay here.

Example:
  $ reteach export "study.yaml#mt5 -> res" --out ./reviews-model
  $ HF_TOKEN=hf_... reteach push ./reviews-model me/reviews-model`,
    )
    .action(push)
}

async function push(folder: string, name: string, flags: PushFlags): Promise<void> {
  await requireWholeModel(folder)
  const line = new ProgressLine()
  const id = `push ${name}`
  const pushed = await interruptible(async (signal) => {
    try {
      return await pushFolder(folder, name, {
        isPublic: flags.public === true,
        ...(flags.message !== undefined && { message: flags.message }),
        keptFolder: join(cacheFolder(), 'uploads'),
        onNotice: (sentence) => line.say(sentence),
        onBytes: (done, total) => line.update({ id, label: id, done, total, unit: 'bytes', from: 0 }),
        signal,
      })
    } finally {
      line.end(id)
    }
  }, stopSentence)
  const { url, commit, sent, unchanged, isPrivate } = pushed
  if (flags.json) {
    const told = { url, commit: commit ?? null, sent, unchanged, private: isPrivate }
    process.stdout.write(`${JSON.stringify(told)}\n`)
    return
  }
  const seen = isPrivate ? 'private' : 'public'
  const had = unchanged.length === 0 ? '' : `; it had ${unchanged.length} already`
  const what =
    commit === undefined ? 'Nothing to push, the hub has everything' : `Pushed ${plural(sent.length, 'file')}${had}`
  process.stdout.write(`${what}: ${url} (${seen})\n`)
}

const stopSentence = 'Stopping: what has arrived is not sent again by the next push (press again to stop at once)'
