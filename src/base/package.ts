import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder of this package, with `examples/` in it. */
export const packageFolder = fileURLToPath(new URL('../../', import.meta.url))

export function programVersion(): string {
  return packageFacts().version
}

/** The version of onnxruntime that this version of the program computes with, known without loading it. */
export function runtimeVersion(): string {
  return packageFacts().dependencies['onnxruntime-node']!
}

interface PackageFacts {
  readonly version: string
  /** Exact versions. */
  readonly dependencies: Readonly<Record<string, string>>
}

let facts: PackageFacts | undefined

function packageFacts(): PackageFacts {
  facts ??= JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as PackageFacts
  return facts
}
