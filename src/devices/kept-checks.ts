import { homedir } from 'node:os'
import { join } from 'node:path'
import { makeFolder } from '../base/make-folder.ts'
import { programVersion, runtimeVersion } from '../base/package.ts'
import { readSealedJson, writeSealedJson } from '../content/sealed-json.ts'
import { sha256Of } from '../content/sha256.ts'
import type { Adapter } from './adapter-in-use.ts'
import { type GraphicsFacts, graphicsFacts } from './graphics-facts.ts'

/** What `reteach doctor --device webgpu` has found. */
export interface DeviceCheck {
  readonly adapter: Adapter
  /** When it ended, in ISO's notation. */
  readonly time: string
  readonly reteach: string
  readonly onnxruntime: string
  /** Sentences, one for each thing that was not as it must be; none: the device is right. */
  readonly wrong: readonly string[]
  readonly rates: DeviceRates
  /** Operations of matrices a second that lessons of real sizes have come to, by the model's name; absent where none was taught. */
  readonly lessons?: Readonly<Record<string, LessonRate>>
}

export interface DeviceRates {
  /** Operations a second of one large product, in float32. */
  readonly float32: number
  /** The same in float16; absent where the device has none. */
  readonly float16?: number
  /** Bytes a second to the device and back. */
  readonly up: number
  readonly down: number
  /** The largest buffer in bytes that was written and read back. */
  readonly largestBuffer: number
}

export interface LessonRate {
  /** Of the model. */
  readonly parameters: number
  readonly secondsPerUpdate: number
  /** Of an update, what does not grow with its tokens: to begin each node, and the optimizer. */
  readonly fixedSeconds: number
  /** Operations of matrices and attention a second in the rest of it. */
  readonly operationsPerSecond: number
}

/** Checks of devices, kept for all studies of a machine and user. */
export class KeptChecks {
  readonly #folder: string
  readonly facts: GraphicsFacts

  constructor(folder = cacheFolder(), facts = graphicsFacts()) {
    this.#folder = folder
    this.facts = facts
  }

  /** The check of the device that is there now, by this version of the program; `undefined` where there is none. */
  find(): DeviceCheck | undefined {
    return readSealedJson(this.#file) as DeviceCheck | undefined
  }

  /** @throws {Fault} if the folder cannot be written */
  keep(check: DeviceCheck): void {
    makeFolder(this.#folder)
    writeSealedJson(this.#file, check)
  }

  /** Other cards, drivers or versions are to be checked anew: they are part of its name. */
  get #file(): string {
    const parts = [this.facts, programVersion(), runtimeVersion()]
    return join(this.#folder, `webgpu-${sha256Of(JSON.stringify(parts)).slice(0, 16)}.json`)
  }
}

/** Where programs keep what they can make again, for this user and machine. Source: the conventions of each system. */
export function cacheFolder(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const usual =
    platform === 'darwin'
      ? join(homedir(), 'Library/Caches')
      : platform === 'win32'
        ? environment.LOCALAPPDATA || join(homedir(), 'AppData/Local')
        : join(homedir(), '.cache')
  return join(environment.XDG_CACHE_HOME || usual, 'reteach')
}
