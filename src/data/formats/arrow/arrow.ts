import type { TableFormatKind } from '../format.ts'

export const arrowFormat = {
  name: 'arrow',
  endings: ['.arrow', '.feather'],
  // A stream begins with a continuation mark and the length of its schema.
  beginsWith: (head) =>
    head.toString('latin1', 0, 6) === 'ARROW1' || (head.length >= 8 && head.readUInt32LE(0) === 0xffffffff),
  heeds: [],
  preference: 20,
  async *read({ file }) {
    // Few need it, and every command would load it.
    const { readArrow } = await import('./arrow-reader.ts')
    yield* readArrow(file)
  },
} as const satisfies TableFormatKind
