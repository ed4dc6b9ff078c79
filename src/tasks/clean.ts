/**
 * A rule that a text goes through before it is taught:
 * - `trim`: white space at both ends is removed;
 * - `collapse-spaces`: every run of white space becomes one space, and the ends are trimmed;
 * - `space-punctuation`: each of `. , ! ? ( )` gets a space on either side;
 * - `lowercase`: lower case by Unicode's rules, whatever the machine's language is.
 */
export type CleaningRule = 'trim' | 'collapse-spaces' | 'space-punctuation' | 'lowercase'

export const cleaningRules: readonly CleaningRule[] = ['trim', 'collapse-spaces', 'space-punctuation', 'lowercase']

/** Applies the rules in the given order. */
export function clean(text: string, rules: readonly CleaningRule[]): string {
  return rules.reduce((result, rule) => applyRule[rule](result), text)
}

const applyRule: { readonly [Rule in CleaningRule]: (text: string) => string } = {
  trim: (text) => text.trim(),
  'collapse-spaces': (text) => text.replace(/\s+/gu, ' ').trim(),
  'space-punctuation': (text) => text.replace(/[.,!?()]/gu, ' $& '),
  lowercase: (text) => text.toLowerCase(),
}
