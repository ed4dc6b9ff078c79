/** Columns of a table where nobody knows how wide what people look at is. */
export const usualWidth = 80

/** Columns of the terminal behind a stream, or as COLUMNS says; `undefined` where nobody knows, as behind a pipe. */
export function terminalWidth(
  stream: Pick<NodeJS.WriteStream, 'columns' | 'isTTY'> = process.stdout,
): number | undefined {
  const told = stream.columns || Number(process.env.COLUMNS)
  if (told > 0) return Math.max(leastWidth, told)
  // A terminal that does not know its width says 0.
  return stream.isTTY ? usualWidth : undefined
}

const leastWidth = 20
