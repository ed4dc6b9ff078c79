/** How label sets stand in the data and how the model writes them. */
export interface LabelSpec {
  /** Every label, spelled as in the data. */
  readonly classes: readonly string[]
  /** Between labels in a data cell. `"\n"` stands for any line end: LF, CRLF or CR. */
  readonly separator: string
  /** Texts that mean "no label" in the data, such as `"na"`; an empty cell always means it. */
  readonly none: readonly string[]
  readonly answer: LabelAnswer
}

/** How a label set is written as a target. */
export interface LabelAnswer {
  /** Joins the labels, e.g. `" , "`. */
  readonly separator: string
  /** Written for the empty set, e.g. `"none"`. */
  readonly none: string
  readonly lowercase: boolean
  /** `classes`: in the order of `classes`, so that one set has one target; `row`: in the order of the data. */
  readonly order: 'classes' | 'row'
}

export interface LabelReading {
  /** Labels found, as `classes` spells them, each once, in order of appearance. */
  readonly labels: string[]
  /** Pieces that are no label, in order of appearance, white space trimmed; the same text twice counts twice. */
  readonly unknown: string[]
}

/**
 * Reads the labels of a data cell. Spelling must be that of `classes`, as a slip in the data is for its owner to decide;
 * white space round a label does not matter. Label texts may contain the separator.
 *
 *   classes ["Bad food, cold", "Cost"], separator ","
 *   "Cost, Bad food, cold"   labels ["Cost", "Bad food, cold"]
 */
export function labelsOfCell(cell: string, spec: LabelSpec): LabelReading {
  const byLine = spec.separator.trim() === '' && /[\r\n]/u.test(spec.separator)
  return readPieces(byLine ? cell.split(/\r\n|\r|\n/u) : cell.split(spec.separator), {
    separator: spec.separator,
    classes: new Map(spec.classes.map((name) => [exactKey(name), name])),
    none: new Set(['', ...spec.none.map(exactKey)]),
    key: exactKey,
    separatorMayLack: false,
  })
}

/** Reads a data cell that holds one label (or a text for none), whatever separators occur in it. */
export function labelOfCell(cell: string, spec: LabelSpec): LabelReading {
  const key = exactKey(cell)
  const label = spec.classes.find((name) => exactKey(name) === key)
  if (label !== undefined) return { labels: [label], unknown: [] }
  return { labels: [], unknown: key === '' || spec.none.some((text) => exactKey(text) === key) ? [] : [cell.trim()] }
}

/** The labels of a text without a list of classes: `"a, b"` with the separator `,` has `a` and `b`, an empty one none. */
export function splitLabels(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map((label) => label.trim())
    .filter((label) => label !== '')
}

/**
 * Writes a label set as the model shall answer it: the inverse of `parseLabelAnswer` on known labels. Where labels that
 * contain the separator would make others of them, the order is another.
 */
export function labelTarget(labels: readonly string[], spec: LabelSpec): string {
  const wanted = new Set(labels)
  const strange = labels.find((label) => !spec.classes.includes(label))
  if (strange !== undefined) throw new RangeError(`Cannot write the label "${strange}" as it is not one of the classes`)
  if (wanted.size === 0) return spec.answer.none
  const ordered = spec.answer.order === 'classes' ? spec.classes.filter((name) => wanted.has(name)) : [...wanted]
  const text = writeLabels(ordered, spec)
  return holdSeparator(spec) && !readsAs(text, wanted, spec) ? (readableOrder(ordered, wanted, spec) ?? text) : text
}

function writeLabels(labels: readonly string[], { answer }: LabelSpec): string {
  const text = labels.join(answer.separator)
  return answer.lowercase ? text.toLowerCase() : text
}

function holdSeparator({ classes, answer }: LabelSpec): boolean {
  const separator = tolerantForm(answer.separator)
  return classes.some((name) => tolerantForm(name).includes(separator))
}

function readsAs(text: string, wanted: ReadonlySet<string>, spec: LabelSpec): boolean {
  const { labels, unknown } = parseLabelAnswer(text, spec)
  return unknown.length === 0 && labels.length === wanted.size && labels.every((label) => wanted.has(label))
}

/** "A" and "B" would be read as the label "A , B": "B" first they are not. */
function readableOrder(labels: readonly string[], wanted: ReadonlySet<string>, spec: LabelSpec): string | undefined {
  const orders = [labels, labels.toReversed()].flatMap((order) =>
    order.map((_, shift) => [...order.slice(shift), ...order.slice(0, shift)]),
  )
  return orders.map((order) => writeLabels(order, spec)).find((text) => readsAs(text, wanted, spec))
}

/**
 * Reads a model's answer as labels, tolerantly: letter case, full-width forms, white space (also inside a label), order
 * and duplicates do not matter, and a separator may be missing between two labels. Label texts may contain the
 * separator. Of several readings the one with the fewest unknown pieces is taken, then the one with the longest first
 * label. A piece that is not wholly made of labels is unknown as a whole. An empty answer, and the text for "none"
 * beside labels, add nothing.
 *
 *   classes ["BadFood", "SlowService"], separator " , ", none "none"
 *   "slowservice,Bad Food , slowservice , dirt"   labels ["SlowService", "BadFood"], unknown ["dirt"]
 */
export function parseLabelAnswer(answer: string, spec: LabelSpec): LabelReading {
  const separator = tolerantForm(spec.answer.separator)
  return readPieces(splitAnswer(tolerantForm(answer), separator), {
    separator: separator === '' ? ' ' : separator,
    classes: new Map(spec.classes.map((name) => [tolerantKey(name), name])),
    none: new Set(['', tolerantKey(spec.answer.none)]),
    key: tolerantKey,
    separatorMayLack: true,
  })
}

/** Reads a model's answer as one label, as tolerantly; anything but a single label is unknown as a whole. */
export function parseSingleLabelAnswer(answer: string, spec: LabelSpec): LabelReading {
  const key = tolerantKey(answer)
  const label = spec.classes.find((name) => tolerantKey(name) === key)
  if (label !== undefined) return { labels: [label], unknown: [] }
  return { labels: [], unknown: key === '' || key === tolerantKey(spec.answer.none) ? [] : [answer.trim()] }
}

/** Everything that would make labels unreadable, as sentences without a full stop; empty when the spec is sound. */
export function labelSpecFaults(spec: LabelSpec): string[] {
  const faults: string[] = []
  if (spec.classes.length === 0) faults.push('No label is given: name at least one class')
  if (spec.separator === '')
    faults.push('The separator between labels in the data is empty: give the text between them')
  if (spec.answer.separator === '')
    faults.push('The separator between labels in an answer is empty: give one such as " , "')
  const none = tolerantKey(spec.answer.none)
  if (none === '') faults.push('The answer for no label is empty: give a text such as "none"')
  const seen = new Map<string, string>()
  for (const name of spec.classes) {
    const key = tolerantKey(name)
    const twin = seen.get(key)
    if (key === '') faults.push(`The label "${name}" is empty`)
    else if (twin === name) faults.push(`The label "${name}" is given twice`)
    else if (twin !== undefined) {
      faults.push(
        `The labels "${twin}" and "${name}" differ only in case or spaces: an answer could not tell them apart`,
      )
    } else if (key === none) faults.push(`The label "${name}" is also the answer for no label: change one of them`)
    else if (spec.none.some((text) => exactKey(text) === exactKey(name))) {
      faults.push(`The label "${name}" is also a text for no label in the data: remove it from one of them`)
    }
    seen.set(key, name)
  }
  return faults
}

function exactKey(text: string): string {
  return text.replace(/\s+/gu, ' ').trim()
}

function tolerantForm(text: string): string {
  return text.normalize('NFKC').toLowerCase().trim()
}

function tolerantKey(text: string): string {
  return tolerantForm(text).replace(/\s+/gu, '')
}

/** A separator that is a word, such as "and", separates only where it stands alone. */
function splitAnswer(text: string, separator: string): string[] {
  if (separator === '') return text.split(/\s+/u)
  if (!/^[\p{L}\p{N}]|[\p{L}\p{N}]$/u.test(separator)) return text.split(separator)
  const pieces = ['']
  for (const word of text.split(/\s+/u)) {
    if (word === separator) pieces.push('')
    else pieces.push(`${pieces.pop()!} ${word}`)
  }
  return pieces
}

interface Vocabulary {
  readonly separator: string
  readonly classes: ReadonlyMap<string, string>
  readonly none: ReadonlySet<string>
  readonly key: (text: string) => string
  /** Whether labels with only white space between them count as several labels; `key` must then drop white space. */
  readonly separatorMayLack: boolean
}

/**
 * Finds the best reading of the pieces between separators: from each piece on, a run of pieces that together spell a
 * label, labels with only white space between them, or one unknown piece. Worked out from the last piece back.
 */
function readPieces(pieces: readonly string[], vocabulary: Vocabulary): LabelReading {
  const { separator, classes, none, key } = vocabulary
  // A label of n characters cannot be cut into more than n + 1 pieces.
  const longest = Math.max(1, ...[...classes.keys(), ...none].map((name) => name.length + 1))
  const best: { unknown: number; length: number; labels: readonly string[] | undefined }[] = []
  best[pieces.length] = { unknown: 0, length: 0, labels: [] }
  for (let at = pieces.length - 1; at >= 0; at--) {
    best[at] = { unknown: best[at + 1]!.unknown + 1, length: 1, labels: undefined }
    const inWords = vocabulary.separatorMayLack ? labelsInWords(pieces[at]!, vocabulary) : undefined
    if (inWords !== undefined) best[at] = { unknown: best[at + 1]!.unknown, length: 1, labels: inWords }
    for (let length = 1; length <= Math.min(longest, pieces.length - at); length++) {
      const run = key(pieces.slice(at, at + length).join(separator))
      const label = classes.get(run)
      if (label === undefined && !none.has(run)) continue
      const { unknown } = best[at + length]!
      if (unknown <= best[at]!.unknown) best[at] = { unknown, length, labels: label === undefined ? [] : [label] }
    }
  }
  const labels = new Set<string>()
  const unknown: string[] = []
  for (let at = 0; at < pieces.length; at += best[at]!.length) {
    const found = best[at]!.labels
    if (found === undefined) unknown.push(pieces[at]!.trim())
    else for (const label of found) labels.add(label)
  }
  return { labels: [...labels], unknown }
}

/** Cuts a piece at white space into labels without rest, the longest first; `undefined` when there is no such cut. */
function labelsInWords(piece: string, { classes, key }: Vocabulary): readonly string[] | undefined {
  const words = piece
    .trim()
    .split(/\s+/u)
    .map((word) => key(word))
  const longest = Math.max(0, ...[...classes.keys()].map((name) => name.length))
  const from: (readonly string[] | undefined)[] = []
  from[words.length] = []
  for (let at = words.length - 1; at >= 0; at--) {
    let run = ''
    for (let end = at; end < words.length && run.length <= longest; end++) {
      run += words[end]!
      const label = classes.get(run)
      const rest = from[end + 1]
      if (label !== undefined && rest !== undefined) from[at] = [label, ...rest]
    }
  }
  return from[0]
}
