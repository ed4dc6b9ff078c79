/** Something learned in a command's life that the next one may use. */
export interface Unsaved {
  /** Whether the folder that it is kept in is still there. */
  readonly hasPlace: boolean
  save(): void
}

const unsaved = new Set<Unsaved>()

/** Files are read at any time of a command's life; what was learned is worth one write at its end. */
export function saveAtExit(memory: Unsaved): void {
  if (unsaved.size === 0) {
    process.once('exit', () => {
      for (const one of unsaved) if (one.hasPlace) one.save()
    })
  }
  unsaved.add(memory)
}
