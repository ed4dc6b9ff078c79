/** `warmup_steps` as `warmupSteps`. */
export type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name

/** The name of a setting outside a study's file. */
export function camelCase<Name extends string>(name: Name): Camel<Name> {
  return name.replace(/_(.)/gu, (_, letter: string) => letter.toUpperCase()) as Camel<Name>
}
