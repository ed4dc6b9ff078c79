import { join } from 'node:path'
import { packageFolder } from '../../base/package.ts'
import { type DeviceCheck, KeptChecks } from '../../devices/kept-checks.ts'
import { estimateStudy } from '../../execute/estimates.ts'
import { type DeviceProof, proveDevice, usualModels } from '../../execute/prove-device.ts'
import { bySizeOnCard } from '../../execute/size-measurements.ts'
import type { DeviceName } from '../../lesson/device.ts'
import { assumedInputs } from '../../study/plan/inputs.ts'
import { planStudy } from '../../study/plan/plan.ts'
import { withDevice } from '../../study/plan/study-device.ts'
import { Store } from '../../study/store/store.ts'
import { loadStudy } from '../input/load-study.ts'
import { formatDuration } from '../print/durations.ts'
import { formatBytes } from '../print/format-bytes.ts'
import { interruptible } from '../print/interrupts.ts'
import { printLines } from '../print/print-lines.ts'

export interface DoctorDeviceFlags {
  readonly software?: true
  /** 0: no lessons of real sizes. */
  readonly seconds: number
  readonly json?: true
}

/**
 * `reteach doctor --device webgpu`: proves a graphics card before it is trusted. The exit code is 1 where something is not right.
 *
 * @param prove stands in for the real one in tests
 */
export async function doctorDevice(
  device: DeviceName,
  flags: DoctorDeviceFlags,
  prove: typeof proveDevice = proveDevice,
): Promise<void> {
  const say = (sentence: string): void => void process.stderr.write(`${sentence}\n`)
  const options = { software: flags.software === true, lessons: flags.seconds > 0, say }
  const proof = await interruptible((signal) => prove(device, { ...options, signal }))
  const { check } = proof
  new KeptChecks().keep(check)
  if (check.wrong.length > 0) process.exitCode = 1
  const paper = paperOn(check)
  if (flags.json) process.stdout.write(`${JSON.stringify({ device, ...proof, paper })}\n`)
  else printLines(proofLines(proof, paper))
}

/** The paper's study, were all of it done there. */
interface PaperEstimate {
  readonly updates: number
  /** Of lessons and tests. */
  readonly seconds: number
  /** Seconds an update of its lessons on average, by the model. */
  readonly secondsPerUpdate: Readonly<Record<string, number>>
}

function paperOn(check: DeviceCheck): PaperEstimate {
  const { study } = loadStudy(join(packageFolder, 'examples/paper.yaml'), new Map())
  const plan = planStudy(withDevice(study, { device: 'webgpu', forAll: true, why: '' }), assumedInputs())
  const bySize = bySizeOnCard(plan, check)
  const estimates = estimateStudy(
    plan,
    new Store(join(packageFolder, 'no-store')),
    { threads: undefined, jobs: 1 },
    { bySize },
  )
  let [updates, seconds] = [0, 0]
  const taught = new Map<string, { seconds: number; updates: number }>()
  for (const chain of plan.chains) {
    for (const key of chain.teach) {
      const { updates: count = 0, secondsPerUpdate = 0 } = estimates.get(key) ?? {}
      const before = taught.get(chain.chain.start.name) ?? { seconds: 0, updates: 0 }
      const sum = { seconds: before.seconds + count * secondsPerUpdate, updates: before.updates + count }
      taught.set(chain.chain.start.name, sum)
    }
  }
  for (const estimate of estimates.values()) {
    updates += estimate.updates ?? 0
    seconds += estimate.seconds ?? 0
  }
  const each = [...taught].map(([name, sum]) => [name, sum.seconds / sum.updates])
  return { updates, seconds, secondsPerUpdate: Object.fromEntries(each) }
}

function proofLines({ check, findings }: DeviceProof, paper: PaperEstimate): string[] {
  const { adapter, rates, wrong, lessons } = check
  const rows: [string, string][] = [
    ['adapter', `${adapter.name}${adapter.software ? ', a program and no graphics card' : ''}`],
    ['driver', adapter.driver],
    ['onnxruntime', check.onnxruntime],
    ['checks', checksText(findings, wrong)],
    ['products', productsText(rates)],
    ['transfer', `${formatBytes(rates.up)}/s up, ${formatBytes(rates.down)}/s down`],
    ['largest buffer', `${formatBytes(rates.largestBuffer)} at least`],
    ['memory', adapter.memoryBytes === undefined ? 'not told by the system' : formatBytes(adapter.memoryBytes)],
    ...usualModels.map((name): [string, string] => [name, lessonText(check, name, paper)]),
    ["the paper's study", paperText(paper, lessons !== undefined)],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  return [
    ...rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    ...wrong.map((sentence) => `Not right: ${sentence}`),
    ...verdict(check),
  ]
}

function checksText(findings: DeviceProof['findings'], wrong: readonly string[]): string {
  const worst = Math.max(...findings.map(({ difference }) => difference))
  const right = findings.length - wrong.length
  return `${right} of ${findings.length} hold, operators and lessons; the largest difference is ${worst.toExponential(1)}`
}

function productsText({ float32, float16 }: DeviceCheck['rates']): string {
  const half = float16 === undefined ? '' : `, ${rateText(float16)} in float16`
  return `${rateText(float32)} in float32${half}`
}

/** `2.3 TFLOP/s`, `126 MFLOP/s` */
function rateText(perSecond: number): string {
  const units = ['MFLOP/s', 'GFLOP/s', 'TFLOP/s']
  let [value, unit] = [perSecond / 1e6, 0]
  while (unit + 1 < units.length && value >= 1000) [value, unit] = [value / 1000, unit + 1]
  return `${value.toPrecision(3)} ${units[unit]}`
}

function lessonText({ lessons }: DeviceCheck, name: string, { secondsPerUpdate }: PaperEstimate): string {
  const measured = lessons?.[name]
  if (measured !== undefined) return `${secondsText(measured.secondsPerUpdate)} an update of 16 abstracts, measured`
  const start = name.includes('mt5') ? 'mt5' : 'flan'
  return `some ${secondsText(secondsPerUpdate[start] ?? Number.NaN)} an update of the paper's lessons, by the rate of products`
}

function secondsText(seconds: number): string {
  return seconds < 1 ? `${seconds.toPrecision(2)} s` : formatDuration(seconds)
}

/** Days and years where hours say little. */
function longText(seconds: number): string {
  const days = seconds / 86_400
  if (days < 3) return formatDuration(seconds)
  return days < 1000 ? `${Math.round(days)} days` : `${Math.round(days / 365.25)} years`
}

function paperText({ updates, seconds }: PaperEstimate, measured: boolean): string {
  const from = measured ? 'by the measured updates' : 'by the rate of products'
  return `${updates.toLocaleString('en')} updates and their tests: about ${longText(seconds)}, ${from}`
}

function verdict({ adapter, wrong }: DeviceCheck): string[] {
  if (wrong.length > 0) return [`${adapter.name} is not to be trusted: "device: auto" takes the processor`]
  if (adapter.software) return [`${adapter.name} computes rightly; "device: auto" takes the processor, which is faster`]
  return [`${adapter.name} computes rightly: "device: auto" takes it from now on`]
}
