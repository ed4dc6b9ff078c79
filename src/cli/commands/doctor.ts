import { statfsSync } from 'node:fs'
import { arch, availableParallelism, cpus, freemem, platform, totalmem } from 'node:os'
import { type Command, Option } from 'commander'
import { addressSpaceLimit, gibOfBlocks, hasAddressSpace, tooFewAddresses } from '../../base/bounds/address-space.ts'
import { Fault, UsageFault } from '../../base/fault.ts'
import { programVersion } from '../../base/package.ts'
import { clearAway, temporaryFolder } from '../../base/temporary-folder.ts'
import { chooseDevice } from '../../devices/choose-device.ts'
import { graphicsFacts } from '../../devices/graphics-facts.ts'
import { defaultDevice, engineFor } from '../../engine/backends/backends.ts'
import { foreignLibraries, removeForeignLibraries } from '../../engine/cpu/foreign-libraries.ts'
import { trialRequest } from '../../execute/trial-lesson.ts'
import { type DeviceChoice, type DeviceName, usualDevice } from '../../lesson/device.ts'
import { teachInChild } from '../../train/child.ts'
import { ask } from '../input/ask.ts'
import { namedDevice } from '../options/device-option.ts'
import { numberFrom } from '../options/option-values.ts'
import { formatBytes } from '../print/format-bytes.ts'
import { interruptible } from '../print/interrupts.ts'
import { doctorDevice } from './doctor-device.ts'

interface DoctorFlags {
  readonly seconds: number
  readonly json?: true
  readonly prune?: true
  readonly yes?: true
  readonly device?: DeviceChoice
  readonly software?: true
}

/** What a test puts in place of the installed runtime and the terminal. */
interface Surroundings {
  readonly runtime?: string
  readonly ask?: (question: string) => Promise<boolean | undefined>
}

/** `reteach doctor`: what this machine offers, and how fast it teaches. */
export function addDoctorCommand(program: Command, surroundings: Surroundings = {}): void {
  program
    .command('doctor')
    .description('Look at this machine: versions, memory, disk, GPU, and a ten-second lesson with its rate')
    .option('--seconds <n>', 'length of the lesson; 0 leaves it out', numberFrom(0), 10)
    .addOption(
      namedDevice(
        'webgpu: instead prove a graphics card before it is trusted: every operator, a lesson against its golden, rates, and what the paper would take; auto: that where a card is seen',
      ),
    )
    .option('--software', 'with --device webgpu: also look at a program that stands in for a card')
    .addOption(
      new Option('--prune', "instead remove onnxruntime's libraries for other systems, after asking").conflicts([
        'seconds',
        'device',
        'software',
      ]),
    )
    .option('--yes', 'with --prune: do not ask')
    .option('--json', 'print the findings as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ reteach doctor --json
  $ reteach doctor --device webgpu
  $ reteach doctor --prune`,
    )
    .action(async (flags: DoctorFlags) => {
      if (flags.prune) return prune(flags, surroundings)
      if (flags.yes) throw new UsageFault('Cannot take --yes without --prune: nothing else asks')
      const device = askedDevice(flags)
      if (device !== usualDevice) return await doctorDevice(device, flags)
      const { seconds, json } = flags
      const machine = await machineFacts()
      const lacks = seconds > 0 && !hasAddressSpace(lessonBlocks)
      const lesson = seconds === 0 || lacks ? undefined : await interruptible((signal) => trialLesson(seconds, signal))
      if (json) {
        process.stdout.write(`${JSON.stringify({ ...machine, ...(lesson === undefined ? {} : { lesson }) })}\n`)
        if (lacks) throw tooFewAddresses('teach', lessonBlocks)
        return
      }
      const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`
      const rows: [string, string][] = [
        ['reteach', machine.reteach],
        ['Node', `${machine.node} on ${machine.platform}`],
        ['onnxruntime', `${machine.onnxruntime.version} (${machine.onnxruntime.providers.join(', ')})`],
        ['threads', `${machine.threads} of ${machine.cpu}`],
        ['memory', `${gigabytes(machine.memory.free)} free of ${gigabytes(machine.memory.total)}`],
        ...addressRow(),
        ['disk here', `${gigabytes(machine.disk.free)} free of ${gigabytes(machine.disk.total)}`],
        ['GPU', gpuText(machine.gpu)],
      ]
      if (lesson !== undefined) {
        const model = `${(lesson.parameters / 1e6).toFixed(1)} million parameters`
        rows.push([
          'lesson',
          `${lesson.updatesPerSecond.toFixed(2)} updates/s, ${Math.round(lesson.tokensPerSecond)} tokens/s (${model})`,
        ])
      }
      const width = Math.max(...rows.map(([name]) => name.length))
      process.stdout.write(`${rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')}\n`)
      if (lacks) throw tooFewAddresses('teach', lessonBlocks)
    })
}

/** A small model's, and one for its dropout masks. */
const lessonBlocks = 2

function addressRow(): [string, string][] {
  const limit = addressSpaceLimit()
  const needed = `a lesson takes at least ${gibOfBlocks(lessonBlocks).toFixed(1)} GiB, nearly all of it never used`
  return limit === undefined ? [] : [['addresses', `${(limit / 2 ** 30).toFixed(1)} GiB (ulimit -v); ${needed}`]]
}

function askedDevice({ device, software }: DoctorFlags): DeviceName {
  const auto = (): DeviceName => (graphicsFacts().cards.length > 0 ? 'webgpu' : usualDevice)
  const found = device === 'auto' ? auto() : (device ?? usualDevice)
  if (software && found === usualDevice) throw new UsageFault('Cannot take --software without --device webgpu')
  return found
}

async function prune({ yes, json }: DoctorFlags, { runtime, ask: askUser = ask }: Surroundings): Promise<void> {
  const libraries = foreignLibraries(runtime)
  const bytes = libraries.reduce((sum, one) => sum + one.bytes, 0)
  if (!json) for (const one of libraries) process.stdout.write(`${one.system.padEnd(14)} ${formatBytes(one.bytes)}\n`)
  if (libraries.length > 0 && !yes) {
    const answer = await askUser(`Remove these libraries of other systems, ${formatBytes(bytes)}?`)
    if (answer === undefined) {
      throw new Fault(`Cannot ask whether to remove ${formatBytes(bytes)} as this is no terminal: add --yes`)
    }
    if (!answer) {
      process.stdout.write(json ? `${JSON.stringify({ bytes: 0, removed: [] })}\n` : 'Nothing removed\n')
      return
    }
  }
  removeForeignLibraries(libraries)
  if (json) process.stdout.write(`${JSON.stringify({ bytes, removed: libraries })}\n`)
  else if (libraries.length === 0) process.stdout.write('No libraries of other systems are there\n')
  else process.stdout.write(`${formatBytes(bytes)} freed, until onnxruntime-node is installed anew, as by npm ci\n`)
}

async function machineFacts() {
  const { bavail, blocks, bsize } = statfsSync('.')
  return {
    reteach: programVersion(),
    node: process.version,
    platform: `${platform()}-${arch()}`,
    onnxruntime: (await engineFor(defaultDevice)).runtime,
    threads: availableParallelism(),
    cpu: cpus()[0]?.model.trim() ?? 'an unknown processor',
    memory: { total: totalmem(), free: freemem() },
    disk: { total: blocks * bsize, free: bavail * bsize },
    gpu: graphicsFacts().cards.map(({ name }) => name),
  }
}

/** What "device: auto" makes of the cards that the system shows. */
function gpuText(names: readonly string[]): string {
  if (names.length === 0) return 'none found'
  const { device, why } = chooseDevice()
  return `${names.join(', ')} ("device: auto" takes ${device}, as ${why})`
}

async function trialLesson(seconds: number, signal: AbortSignal) {
  const folder = temporaryFolder('reteach-doctor-')
  const stop = new AbortController()
  const onAbort = (): void => stop.abort(signal.reason)
  signal.addEventListener('abort', onAbort)
  const timer = { begun: 0, updates: 0, tokens: 0, ended: 0 }
  let parameters = 0
  try {
    const { lesson: whole, ...request } = await trialRequest(folder, { width: 256, rows: 256 })
    const { epochs: _, ...lesson } = whole
    await teachInChild(
      { ...request, lesson: { ...lesson, steps: 1_000_000 }, saveStateEverySeconds: 1e9 },
      {
        signal: stop.signal,
        onEvent(event) {
          if (event.type === 'started') parameters = event.parameters
          if (event.type !== 'step') return
          // The first updates build the graph and warm up.
          if (event.step <= 2) timer.begun = performance.now()
          else {
            timer.updates++
            timer.tokens += event.tokens
          }
          timer.ended = performance.now()
          if (timer.ended - timer.begun > seconds * 1000) stop.abort(new Error('The trial is over'))
        },
      },
    )
  } catch (error) {
    if (!stop.signal.aborted || signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
    clearAway(folder)
  }
  if (timer.updates === 0) throw new Fault('Cannot measure a rate: the trial lesson made no update')
  const spent = (timer.ended - timer.begun) / 1000
  return {
    parameters,
    updates: timer.updates,
    seconds: spent,
    updatesPerSecond: timer.updates / spent,
    tokensPerSecond: timer.tokens / spent,
  }
}
