/** Says each sentence once: all lessons of a study may have the same to say of their start or their device. */
export function sayOnce(say: (sentence: string) => void): (sentence: string) => void {
  const said = new Set<string>()
  return (sentence) => {
    if (said.has(sentence)) return
    said.add(sentence)
    say(sentence)
  }
}
