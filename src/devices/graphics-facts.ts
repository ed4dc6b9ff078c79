import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { cpus, homedir, release } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'

/** What this system has for computing on a graphics card, told without loading any of it. */
export interface GraphicsFacts {
  readonly cards: readonly GraphicsCard[]
  /** Libraries through which programs reach cards, each as a text that changes when another version is installed. */
  readonly drivers: readonly string[]
}

export interface GraphicsCard {
  /** As its maker calls it where that is known. */
  readonly name: string
  /** The version of its driver, or of the system that brings it. */
  readonly driver: string
  readonly memoryBytes?: number
}

/** What is asked of the system; tests have one of their own. */
export interface GraphicsSystem {
  readonly platform: NodeJS.Platform
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Folder that stands for `/`. */
  readonly root: string
  /** What a program prints; `undefined` where it is not there or fails. */
  readonly ask: (program: string, args: readonly string[]) => string | undefined
}

const thisSystem: GraphicsSystem = { platform: process.platform, environment: process.env, root: '/', ask: askProgram }

let seenHere: GraphicsFacts | undefined

/** Looks at the cards and drivers of this machine, once; of no interest are those that WebGPU does not use here. */
export function graphicsFacts(system: GraphicsSystem = thisSystem): GraphicsFacts {
  if (system !== thisSystem) return factsOf(system)
  seenHere ??= factsOf(system)
  return seenHere
}

function factsOf(system: GraphicsSystem): GraphicsFacts {
  switch (system.platform) {
    case 'linux':
      return { cards: [...nvidiaCards(system), ...otherCards(system)], drivers: vulkanDrivers(system) }
    case 'darwin':
      // The card is a part of the chip, and its driver of the system.
      return { cards: [{ name: cpus()[0]?.model ?? 'Apple', driver: `macOS ${release()}` }], drivers: [] }
    case 'win32':
      return { cards: windowsCards(system), drivers: [] }
    default:
      return { cards: [], drivers: [] }
  }
}

/**
 * Source: the files of NVIDIA's kernel module, else nvidia-smi, as containers may have the card without them. It takes a while, so
 * that memory is asked for by itself.
 */
function nvidiaCards(system: GraphicsSystem): GraphicsCard[] {
  const folder = join(system.root, 'proc/driver/nvidia')
  const version = /Module(?: for \S+)?\s+(\d+(?:\.\d+)+)/u.exec(textOf(join(folder, 'version')) ?? '')?.[1]
  const ids = list(join(folder, 'gpus'))
  if (ids.length === 0) return existsSync(join(system.root, 'dev/nvidiactl')) ? toldByNvidia(system) : []
  return ids.map((id) => {
    const model = /^Model:\s*(.+)$/mu.exec(textOf(join(folder, 'gpus', id, 'information')) ?? '')?.[1]?.trim()
    return { name: model ?? `NVIDIA GPU ${id}`, driver: version ?? 'unknown' }
  })
}

function toldByNvidia(system: GraphicsSystem): GraphicsCard[] {
  return askNvidia(system, 'name,driver_version').flatMap(([name, driver]) =>
    name === undefined || driver === undefined ? [] : [{ name, driver }],
  )
}

/** Memory of each card of NVIDIA's in bytes. */
export function nvidiaMemory(system: GraphicsSystem = thisSystem): number[] {
  return askNvidia(system, 'memory.total').flatMap(([size]) => (Number(size) > 0 ? [Number(size) * 2 ** 20] : []))
}

function askNvidia({ ask }: GraphicsSystem, fields: string): string[][] {
  const told = ask('nvidia-smi', [`--query-gpu=${fields}`, '--format=csv,noheader,nounits']) ?? ''
  return told.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.split(',').map((cell) => cell.trim())]))
}

const makers: Readonly<Record<string, string>> = { '0x1002': 'AMD', '0x8086': 'Intel', '0x106b': 'Apple' }

/** Cards of the kernel's own drivers; those of NVIDIA's are told above. */
function otherCards({ root }: GraphicsSystem): GraphicsCard[] {
  const folder = join(root, 'sys/class/drm')
  const nodes = list(folder).filter((name) => name.startsWith('renderD'))
  return nodes.flatMap((node) => {
    const device = join(folder, node, 'device')
    const driver = linkName(join(device, 'driver')) ?? 'unknown'
    if (driver === 'nvidia') return []
    const [vendor, model] = ['vendor', 'device'].map((file) => textOf(join(device, file))?.trim() ?? '')
    const memory = Number(textOf(join(device, 'mem_info_vram_total')))
    return [
      {
        name: `${makers[vendor!] ?? 'graphics card'} ${vendor}:${model}`,
        driver: `${driver}, Linux ${release()}`,
        ...(memory > 0 ? { memoryBytes: memory } : {}),
      },
    ]
  })
}

/** Files that name Vulkan's drivers, with size and time of what each names. Source: the loader's own rules. */
function vulkanDrivers({ environment, root }: GraphicsSystem): string[] {
  const given = environment.VK_DRIVER_FILES || environment.VK_ICD_FILENAMES
  const folders = ['usr/share', 'usr/local/share', 'etc', join(homedir(), '.local/share').slice(1)]
  const found = folders.flatMap((folder) => {
    const at = join(root, folder, 'vulkan/icd.d')
    return list(at).flatMap((name) => (name.endsWith('.json') ? [join(at, name)] : []))
  })
  return (given ? given.split(':') : found).toSorted().map((file) => `${basename(file)} ${libraryOf(file)}`)
}

function libraryOf(file: string): string {
  const path = /"library_path"\s*:\s*"([^"]+)"/u.exec(textOf(file) ?? '')?.[1] ?? ''
  try {
    const library = realpathSync(path.includes('/') ? resolve(dirname(file), path) : path)
    const { size, mtimeMs } = statSync(library)
    return `${basename(library)} ${size} ${Math.round(mtimeMs)}`
  } catch {
    // The system's loader knows where it lies, or nobody does.
    return path
  }
}

function windowsCards({ ask }: GraphicsSystem): GraphicsCard[] {
  const query = 'Get-CimInstance Win32_VideoController | ForEach-Object { $_.Name + "`t" + $_.DriverVersion }'
  const told = ask('powershell', ['-NoProfile', '-NonInteractive', '-Command', query]) ?? ''
  return told.split(/\r?\n/u).flatMap((line) => {
    const [name = '', driver = 'unknown'] = line.split('\t')
    return name.trim() === '' || name.startsWith('Microsoft Basic') ? [] : [{ name: name.trim(), driver }]
  })
}

function askProgram(program: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(program, args, { encoding: 'utf8', timeout: 10_000, stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return undefined
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted()
  } catch {
    return []
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function linkName(path: string): string | undefined {
  try {
    return basename(readlinkSync(path))
  } catch {
    return undefined
  }
}
