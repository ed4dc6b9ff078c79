let last: Promise<unknown> = Promise.resolve()

/** Does one thing on the device after the other: two runs at once can end the process (onnxruntime issue 32561). */
export function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const done = last.then(work)
  last = done.catch(() => {})
  return done
}
