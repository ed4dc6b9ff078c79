import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'

/**
 * Lets this process compute on SwiftShader, the graphics card in software that Debian's chromium brings. To be called before
 * the device is used for the first time.
 *
 * @returns `false` where there is none
 */
export function useSoftwareAdapter(): boolean {
  const driver = drivers.find(existsSync)
  if (driver === undefined || !loaders.some(existsSync)) {
    console.warn('Tests on a graphics card are skipped: there is no SwiftShader here (Debian: chromium, libvulkan1)')
    return false
  }
  process.env.VK_ICD_FILENAMES = driver
  // The loader complains of a desktop that it does not find.
  process.env.XDG_RUNTIME_DIR ??= tmpdir()
  return true
}

const drivers = ['/usr/lib/chromium/vk_swiftshader_icd.json', '/usr/lib/chromium-browser/vk_swiftshader_icd.json']
const loaders = ['x86_64', 'aarch64'].map((machine) => `/usr/lib/${machine}-linux-gnu/libvulkan.so.1`)
