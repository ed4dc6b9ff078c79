import { readdirSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Fault } from '../../base/fault.ts'
import { systemCode, systemFault } from '../../base/system-fault.ts'

/** What onnxruntime-node brings for a system that this machine is not. */
export interface ForeignLibraries {
  /** As npm names systems: `darwin-arm64`. */
  readonly system: string
  readonly folder: string
  readonly bytes: number
}

/**
 * Finds the libraries of other systems in onnxruntime-node, which brings those of all: `bin/napi-v6/<system>/<processor>/`.
 *
 * @param runtime folder of the package, wherever npm has put it
 * @throws {Fault} when this machine's own library is not where it is looked for, as then nothing tells what the others are
 */
export function foreignLibraries(runtime = runtimeFolder()): ForeignLibraries[] {
  const bin = join(runtime, 'bin')
  const found = subfolders(bin).flatMap((abi) =>
    subfolders(join(bin, abi)).flatMap((platform) =>
      subfolders(join(bin, abi, platform)).map((processor) => ({
        system: `${platform}-${processor}`,
        folder: join(bin, abi, platform, processor),
      })),
    ),
  )
  const here = `${process.platform}-${process.arch}`
  if (!found.some(({ system }) => system === here)) {
    throw new Fault(`Cannot tell libraries of other systems in "${bin}" as there is none of ${here}`)
  }
  return found.filter(({ system }) => system !== here).map((one) => ({ ...one, bytes: bytesBelow(one.folder) }))
}

/** @throws {Fault} when this user may not remove one; those before it are gone */
export function removeForeignLibraries(libraries: readonly ForeignLibraries[]): void {
  for (const { folder } of libraries) {
    try {
      rmSync(folder, { recursive: true })
    } catch (error) {
      if (systemCode(error) === undefined) throw error
      const readOnly = 'this user may not write there: ask whoever installed it'
      throw systemFault(`Cannot remove "${folder}"`, error, { EACCES: readOnly, EPERM: readOnly, EROFS: readOnly })
    }
  }
}

function runtimeFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'))
}

/** Folders themselves: a link leads to files that are not the package's. */
function subfolders(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
}

function bytesBelow(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
}
