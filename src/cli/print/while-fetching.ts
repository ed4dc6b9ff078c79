import type { HubListeners } from '../../hub/listeners.ts'
import { formatBytes } from './format-bytes.ts'
import { interruptible, usualSentence } from './interrupts.ts'
import { ProgressLine } from './progress-line.ts'

/**
 * Runs work that may fetch from the hub: tells on standard error how far each file is, and nothing where all is in the
 * cache. Ctrl-C ends the work, and what has arrived is kept.
 *
 * @throws {Interrupted} once the work has stopped
 */
export async function whileFetching<T>(
  work: (listeners: Required<HubListeners>) => Promise<T>,
  line = new ProgressLine(),
): Promise<T> {
  let isFetching = false
  const { onNotice, onProgress, onCompare } = linesOn(line)
  const watched = (progress: Parameters<typeof onProgress>[0]): void => {
    isFetching = true
    onProgress(progress)
  }
  return await interruptible(
    (signal) => work({ onNotice, onProgress: watched, onCompare, signal }),
    () => (isFetching ? stopSentence : usualSentence),
  )
}

const stopSentence =
  'Stopping: what has been fetched is kept, the next run goes on from it (press again to stop at once)'

function linesOn(line: ProgressLine): Omit<Required<HubListeners>, 'signal'> {
  return {
    onNotice: (sentence) => line.say(sentence),
    onCompare({ repo, file, doneBytes, totalBytes }) {
      const label = `compare ${repo}: ${file}`
      if (doneBytes === totalBytes) line.end(label)
      else line.update({ label, done: doneBytes, total: totalBytes, unit: 'bytes', from: 0 })
    },
    onProgress({ repo, file, doneBytes, totalBytes, fromBytes, number, files, finished }) {
      const id = `${repo} ${file}`
      if (finished) {
        line.end(id)
        line.say(`Fetched "${file}" of "${repo}", ${formatBytes(totalBytes)}`)
        return
      }
      const place = files === 1 ? '' : ` (file ${number} of ${files})`
      const label = `fetch ${repo}: ${file}${place}`
      line.update({ id, label, done: doneBytes, total: totalBytes, unit: 'bytes', from: fromBytes })
    },
  }
}
