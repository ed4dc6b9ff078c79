import type { Stats } from 'node:fs'

/**
 * What a file is known again by: size, the times in milliseconds at which its content and its inode were changed, and inode. The second
 * time moves with any write, and no program sets it.
 */
export type FileFacts = readonly [size: number, mtimeMs: number, ctimeMs: number, ino: number]

export function fileFacts({ size, mtimeMs, ctimeMs, ino }: Stats): FileFacts {
  return [size, mtimeMs, ctimeMs, ino]
}

/** Whether a file is as it was when its facts were taken. */
export function hasFacts(stat: Stats, [size, mtimeMs, ctimeMs, ino]: FileFacts): boolean {
  return stat.ctimeMs === ctimeMs && stat.mtimeMs === mtimeMs && stat.size === size && stat.ino === ino
}

/** Whether a file might change again within the grain of its own clock; some disks count whole seconds, or two. */
export function isYoung({ ctimeMs }: Stats): boolean {
  const grainMs = ctimeMs % 1000 === 0 ? 2100 : 50
  return Math.abs(Date.now() - ctimeMs) < grainMs
}
