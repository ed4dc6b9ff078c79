/** `warmup_steps` as `warmupSteps`. */
export type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name

/** The name of a setting outside a study's file. */
export function camelCase<Name extends string>(name: Name): Camel<Name> {
  const known = made.get(name)
  if (known !== undefined) return known as Camel<Name>
  const camel = name.replace(/_(.)/gu, (_, letter: string) => letter.toUpperCase())
  made.set(name, camel)
  return camel as Camel<Name>
}

/** A large study asks for the few names of settings a million times. */
const made = new Map<string, string>()
