/** Makes each batch once for whoever asks in order, be it before its update and again for it. @param make gives a batch by its update */
export function batchOnce<T>(make: (step: number) => T): (step: number) => T {
  let last: { readonly step: number; readonly batch: T } | undefined
  return (step) => {
    if (last?.step !== step) last = { step, batch: make(step) }
    return last.batch
  }
}
