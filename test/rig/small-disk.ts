import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'

/** A disk of its own, which needs the right to mount one. */
export interface SmallDisk {
  readonly folder: string
  /** Writes until there is room for so many pages and no more. */
  fill(pages?: number): void
  unmount(): void
}

const pageBytes = 4096

/** @param folder is made @returns nothing where none may be mounted */
export function smallDisk(folder: string, megabytes: number): SmallDisk | undefined {
  mkdirSync(folder, { recursive: true })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  const filling = join(folder, 'filling')
  return {
    folder,
    fill(pages = 0) {
      for (const bytes of [2 ** 18, pageBytes]) {
        try {
          for (;;) appendFileSync(filling, Buffer.alloc(bytes))
        } catch {
          // Full.
        }
      }
      truncateSync(filling, (Math.ceil(statSync(filling).size / pageBytes) - pages) * pageBytes)
    },
    unmount: () => void execFileSync('umount', ['-l', folder]),
  }
}
