import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { type GraphicsFacts, graphicsFacts } from './graphics-facts.ts'

/** What a process computes on through WebGPU. */
export interface Adapter {
  readonly name: string
  /** Its driver's version. */
  readonly driver: string
  /** A program that computes on the processor what a card would: right, and very slow. */
  readonly software: boolean
  readonly memoryBytes?: number
}

/**
 * The adapter that this process has opened. onnxruntime does not say which it took, so on Linux it is told from what the process
 * holds open: a card is reached through a file of its own, and a program in its place is a library and no such file.
 */
export function adapterInUse(
  facts: GraphicsFacts = graphicsFacts(),
  open: OpenFiles | 'untold' = openFiles(),
): Adapter {
  const { files, libraries } = open === 'untold' ? { files: undefined, libraries: [] } : open
  const software = softwareLibraries.find(({ pattern }) => libraries.some((library) => pattern.test(library)))
  const holdsCard = files?.some((file) => cardFile.test(file)) ?? true
  const [card] = facts.cards
  if (!holdsCard || card === undefined) {
    const driver = facts.drivers.find((one) => /swiftshader|lvp|llvmpipe/iu.test(one)) ?? 'unknown'
    return { name: software?.name ?? 'a software adapter', driver, software: true }
  }
  const own = facts.cards[cardNumber(files)] ?? card
  return { ...own, software: false }
}

interface OpenFiles {
  /** Devices and other files. */
  readonly files: readonly string[]
  /** Libraries that were loaded. */
  readonly libraries: readonly string[]
}

const softwareLibraries = [
  { pattern: /swiftshader/iu, name: 'SwiftShader' },
  { pattern: /libvulkan_lvp|llvmpipe/iu, name: 'llvmpipe' },
]

const cardFile = /^\/dev\/(?:nvidia\d+|dri\/(?:renderD|card)\d+|dxg|kgsl|mali)/u

/** Of several cards of NVIDIA's the one that is open, the first where that is not told. */
function cardNumber(files: readonly string[] = []): number {
  const numbers = files.flatMap((file) => /^\/dev\/nvidia(\d+)$/u.exec(file)?.[1] ?? [])
  return Number(numbers[0] ?? 0)
}

function openFiles(): OpenFiles | 'untold' {
  if (process.platform !== 'linux') return 'untold'
  try {
    const files = readdirSync('/proc/self/fd').flatMap((number) => {
      try {
        return [readlinkSync(`/proc/self/fd/${number}`)]
      } catch {
        // Closed since.
        return []
      }
    })
    const mapped = readFileSync('/proc/self/maps', 'utf8').split('\n')
    return { files, libraries: mapped.flatMap((line) => /\s(\/\S+\.so\S*)$/u.exec(line)?.[1] ?? []) }
  } catch {
    return 'untold'
  }
}
