/** A lesson as chains write it, with the settings that a chain gives it: `res(learning_rate=0.001)`. */
export function lessonLabel(name: string, stated: Readonly<Record<string, unknown>>): string {
  const settings = settingsLabel(stated)
  return settings === '' ? name : `${name}(${settings})`
}

/** Settings as a chain gives them: `learning_rate=0.001, order=file`. */
export function settingsLabel(stated: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(stated).map(
    ([key, value]) =>
      `${key}=${typeof value === 'string' && !/^[\w.-]+$/u.test(value) ? JSON.stringify(value) : String(value)}`,
  )
  return parts.join(', ')
}

/** A chain as it is written: `mt5 -> res -> a2t`. */
export function chainLabel(start: string, lessons: readonly { readonly label: string }[]): string {
  return [start, ...lessons.map(({ label }) => label)].join(' -> ')
}
