import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * SwiftShader behind a driver that fails when the environment says so (faulty-driver.c).
 *
 * @param real SwiftShader's own description
 * @param folder where the driver is built
 * @returns variables for a process that is to compute on it; `undefined` where there is no C compiler
 */
export function faultyDriver(real: string, folder: string): Record<string, string> | undefined {
  const library = join(folder, 'faulty-driver.so')
  const source = join(import.meta.dirname, 'faulty-driver.c')
  const { status, error } = spawnSync('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl'], { stdio: 'ignore' })
  if (error !== undefined || status !== 0) {
    console.warn('Tests on a graphics card that fails are skipped: no C compiler here (Debian: gcc, libc6-dev)')
    return undefined
  }
  const described = JSON.parse(readFileSync(real, 'utf8')) as { ICD: { library_path: string } }
  const driver = join(dirname(real), described.ICD.library_path)
  const description = join(folder, 'faulty-driver.json')
  writeFileSync(description, JSON.stringify({ ...described, ICD: { ...described.ICD, library_path: library } }))
  return { VK_ICD_FILENAMES: description, REAL_DRIVER: driver, XDG_RUNTIME_DIR: folder }
}
