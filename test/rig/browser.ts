import { accessSync, constants } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Where Debian and its like have Chromium; another one is named by the environment. */
const places = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The path of a browser of this machine, if it has one. */
export const browserPath = places.find((path) => path !== undefined && isProgram(path))

/** Said where there is none. */
export const noBrowser = 'no browser here: install Chromium (apt-get install chromium), or name one in CHROMIUM'

export async function openBrowser(): Promise<Browser> {
  if (browserPath === undefined) throw new Error(noBrowser)
  // A container's root has no sandbox to be put into.
  return await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
