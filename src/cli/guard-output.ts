import { writtenStyles } from './print/own-styles.ts'

/**
 * Makes control characters of data visible in everything that is written to a stream, and the program's own styles what a
 * terminal reads.
 */
export function guardOutput(stream: NodeJS.WriteStream): void {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean
  stream.write = (chunk: unknown, ...rest: unknown[]) =>
    write(typeof chunk === 'string' ? writtenStyles(chunk) : chunk, ...rest)
}
