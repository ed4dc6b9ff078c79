/** `Not alike besides the start:`, and each difference in a line of its own. */
export function differenceLines(differences: readonly string[]): string[] {
  return differences.length === 0
    ? []
    : ['Not alike besides the start:', ...differences.map((sentence) => `- ${sentence}`)]
}
