import { open } from 'node:fs/promises'

/** Metadata stand at the end of a Parquet file, and at the beginning of an Arrow stream or the end of an Arrow file. */
const endBytes = 64 * 1024

/** Whether a Parquet or Arrow file's own metadata give names to class numbers, as far as its ends show it. */
export async function carriesLabelNames(path: string): Promise<boolean> {
  if (!/\.(?:parquet|arrow|feather)$/i.test(path)) return false
  const handle = await open(path)
  try {
    const { size } = await handle.stat()
    for (const start of [0, Math.max(0, size - endBytes)]) {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(endBytes), 0, endBytes, start)
      if (buffer.subarray(0, bytesRead).includes('"ClassLabel"')) return true
    }
    return false
  } finally {
    await handle.close()
  }
}
