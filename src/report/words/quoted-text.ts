/**
 * A text in double quotes as JSON, YAML and Python read it. All that is in it shows: control characters, what turns a text and
 * what begins a tag are escapes.
 */
export function quotedText(text: string): string {
  return JSON.stringify(text).replace(
    /[<\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
