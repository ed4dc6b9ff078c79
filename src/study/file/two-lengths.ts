import type { YamlPath } from './yaml-places.ts'

export const twoLengths = 'Cannot use both "epochs" and "steps": remove one of them'

/** Of settings that stand together: a lesson is as long as one of the two says, and neither goes before the other. */
export function refuseTwoLengths(
  entry: { readonly epochs?: unknown; readonly steps?: unknown } | undefined,
  at: YamlPath,
  { report }: { report(at: YamlPath, message: string, where: 'key'): void },
): void {
  if (entry?.epochs !== undefined && entry.steps !== undefined) report([...at, 'steps'], twoLengths, 'key')
}
