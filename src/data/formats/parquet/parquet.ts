import type { TableFormatKind } from '../format.ts'

export const parquetFormat = {
  name: 'parquet',
  endings: ['.parquet'],
  beginsWith: (head) => head.toString('latin1', 0, 4) === 'PAR1',
  heeds: [],
  preference: 10,
  columns: async (file) => await (await parquetReader()).readColumns(file),
  async *read({ file }) {
    yield* (await parquetReader()).readParquet(file)
  },
} as const satisfies TableFormatKind

/** Few need it, and every command would load it. */
const parquetReader = () => import('./parquet-reader.ts')
