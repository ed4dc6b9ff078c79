import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { type DeviceName, usualDevice } from '../lesson/device.ts'
import { type GraphicsFacts, graphicsFacts, nvidiaMemory } from './graphics-facts.ts'

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
  memory: () => readonly number[] = nvidiaMemory,
): Adapter {
  const { files = [], libraries = [] } = open === 'untold' ? {} : open
  const isCard =
    files.some((file) => cardFile.test(file)) ||
    (facts.cards.length > 0 && (open === 'untold' || libraries.some((library) => cardLibrary.test(library))))
  if (!isCard) return softwareAdapter(facts, libraries)
  const card = facts.cards[cardNumber(files)] ?? facts.cards[0] ?? { name: 'a graphics card', driver: 'unknown' }
  const bytes = card.memoryBytes ?? (/nvidia/iu.test(card.name) ? memory()[cardNumber(files)] : undefined)
  return {
    name: card.name,
    driver: card.driver,
    software: false,
    ...(bytes === undefined ? {} : { memoryBytes: bytes }),
  }
}

/** One sentence where what this process has opened for a device is no card; nothing of the processor. */
export function softwareWarnings(device: DeviceName, adapter: () => Adapter = withoutMemory): string[] {
  if (device === usualDevice) return []
  const { name, software } = adapter()
  return software ? [`Computed on ${name}, a program in a graphics card's place: "cpu" is many times faster`] : []
}

/** To ask for a card's memory starts a program. */
function withoutMemory(): Adapter {
  return adapterInUse(graphicsFacts(), openFiles(), () => [])
}

function softwareAdapter({ drivers }: GraphicsFacts, libraries: readonly string[]): Adapter {
  const known = softwareLibraries.find(({ pattern }) => libraries.some((library) => pattern.test(library)))
  const driver = drivers.find((one) => known?.pattern.test(one))?.split(' ')[1] ?? 'unknown'
  return { name: known?.name ?? 'a software adapter', driver, software: true }
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

/** Vulkan's drivers of cards; the loader leaves one that finds no card. */
const cardLibrary = /nvidia|libvulkan_(?:radeon|intel|nouveau|asahi|freedreno|panfrost|broadcom|powervr)|amdvlk/iu

const cardFile = /^\/dev\/(?:nvidia\d+|dri\/(?:renderD|card)\d+|dxg|kgsl|mali)/u

/** Of several cards of NVIDIA's the one that is open, the first where that is not told. */
function cardNumber(files: readonly string[]): number {
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
