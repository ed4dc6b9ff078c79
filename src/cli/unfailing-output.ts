/**
 * Lets nothing that goes wrong with a stream reach whoever writes to it: what is told on the way, of a study that teaches for
 * days, is lost where the terminal is gone or the disk of a log is full, and the study goes on.
 */
export function unfailingOutput(stream: NodeJS.WriteStream): void {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean
  stream.on('error', () => {})
  // A file is written at once and throws; a pipe or terminal tells by the event.
  stream.write = (...args: unknown[]) => {
    try {
      return write(...args)
    } catch {
      const done = args.at(-1)
      if (typeof done === 'function') done()
      return true
    }
  }
}
