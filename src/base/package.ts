import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder of this package, with `examples/` in it. */
export const packageFolder = fileURLToPath(new URL('../../', import.meta.url))

export function programVersion(): string {
  return (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string })
    .version
}
