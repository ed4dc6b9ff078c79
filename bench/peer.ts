// Runs this program and the peer, PyTorch with transformers, alternately at the same work, and prints medians, ranges, ratios
// and peak memory. It installs nothing: name a Python that has torch and transformers.
//
//   npm run bench:peer -- --python ~/venv/bin/python [--only a2t-flan,small,greedy] [--runs 3] [--steps 10] [--modes best,bf16]
//     [--threads 2] [--workload FILE] [--answers FOLDER] [--json] [--device webgpu] [--pieces 30000]    (--modes "": without the peer)
//
// Works: the workloads of bench/workloads.ts, or of FILE; "greedy" and "beams", which answer with the model in FOLDER, made there
// where it is missing. RETEACH_PEER_PYTHON stands in for --python. With --device webgpu lessons are taught on a graphics card, the
// peer's through CUDA, or Metal on a Mac, in float32, TensorFloat-32 and bfloat16; memory is then the card's. With --pieces ours teaches
// as many pieces of the vocabulary, as lessons with `trim_vocab: auto` do, and the peer all of them.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { median } from './median.ts'
import { type Workloads, workloads } from './workloads.ts'

const { values } = parseArgs({
  options: {
    python: { type: 'string' },
    only: { type: 'string' },
    runs: { type: 'string', default: '3' },
    steps: { type: 'string', default: '10' },
    modes: { type: 'string' },
    device: { type: 'string', default: 'cpu' },
    threads: { type: 'string', default: String(availableParallelism()) },
    workload: { type: 'string' },
    answers: { type: 'string' },
    pieces: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})

/** One process's work: seconds of each of its parts, all of the same size or drawn alike. */
interface Timed {
  readonly each: readonly number[]
  readonly rssGb: number
  /** Wall seconds from start to end of the process. */
  readonly processSeconds: number
  /** Of a process on a graphics card: the card, or the program in its place. */
  readonly adapter?: { readonly name: string; readonly driver: string; readonly software: boolean }
}

/** What is timed, and how each side is asked. */
interface Work {
  readonly name: string
  readonly sides: Readonly<Record<string, () => Timed>>
  /** Says in words whether the sides have come to the same. */
  readonly agreement?: () => string
}

const folder = mkdtempSync(join(tmpdir(), 'reteach-peer-'))
try {
  main()
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function main(): void {
  const python = peerPython()
  const wanted = values.only?.split(',')
  const known = [...lessonWorks(python), ...answerWorks(python)]
  const unknown = wanted?.find((name) => !known.some((work) => work.name === name))
  if (unknown !== undefined) {
    throw new Error(`Cannot time "${unknown}": name one of ${known.map(({ name }) => name).join(', ')}`)
  }
  console.log(`${cpus()[0]?.model ?? 'unknown processor'}, ${values.threads} threads, Node ${process.version}`)
  for (const work of known.filter(({ name }) => wanted?.includes(name) ?? true)) timeWork(work)
}

function timeWork({ name, sides, agreement }: Work): void {
  const found = new Map<string, Timed[]>(Object.keys(sides).map((side) => [side, []]))
  for (let run = 0; run < Number(values.runs); run++) {
    for (const [side, time] of Object.entries(sides)) found.get(side)!.push(time())
  }
  const ours = found.get('ours')!
  const load = `load ${loadavg()[0]!.toFixed(1)}`
  for (const [side, runs] of found) {
    // Of each run its median step; runs are then compared pair by pair, as they ran next to each other.
    const seconds = runs.map(({ each }) => median(each))
    const ratios = seconds.map((value, run) => value / median(ours[run]!.each))
    const line = {
      work: name,
      side,
      runs: runs.length,
      seconds: spread(seconds),
      steps: spread(runs.flatMap(({ each }) => each)),
      ratio: spread(ratios),
      process_seconds: spread(runs.map(({ processSeconds }) => processSeconds)),
      rss_gb: Math.max(...runs.map(({ rssGb }) => rssGb)),
      ...(runs[0]!.adapter && { adapter: runs[0]!.adapter }),
    }
    const said = side === 'ours' ? '' : `, ${words(line.ratio)} times ours`
    const text = `${name} ${side}: median ${words(line.seconds)} s, steps ${words(line.steps)} s${said}, whole process ${words(line.process_seconds)} s, ${line.rss_gb.toFixed(2)} GB (${load})${onAdapter(line)}`
    console.log(values.json ? JSON.stringify({ ...line, load: loadavg()[0] }) : text)
  }
  if (agreement) console.log(`${name}: ${agreement()}`)
}

function onAdapter({ adapter }: Pick<Timed, 'adapter'>): string {
  if (adapter === undefined) return ''
  const { name, driver, software } = adapter
  return software
    ? ` on ${name}, a program in a card's place: its times say nothing of a card`
    : ` on ${name}, driver ${driver}`
}

function lessonWorks(python: string): Work[] {
  const given = values.workload
  const taken = given === undefined ? workloads() : (JSON.parse(readFileSync(given, 'utf8')) as Workloads)
  const file = join(folder, 'workloads.json')
  writeFileSync(file, JSON.stringify(taken))
  const pieces = values.pieces === undefined ? [] : ['--pieces', values.pieces]
  const common = ['--steps', values.steps, '--threads', values.threads, '--device', values.device, ...pieces]
  return Object.keys(taken.tasks).map((name) => {
    const ours = ['scripts/run-ts.mjs', 'bench/train-step.ts', '--workload', file, '--tasks', name, '--json', ...common]
    const peers = values.device === 'cpu' ? peersHere(python, file, name) : peersOnCard(python, file, name)
    return { name, sides: { ours: () => timed(process.execPath, ours), ...Object.fromEntries(peers) } }
  })
}

function modes(usual: string): string[] {
  return (values.modes ?? usual).split(',').filter((mode) => mode !== '')
}

type Side = readonly [name: string, time: () => Timed]

function peersHere(python: string, file: string, task: string): Side[] {
  return modes('best,bf16').map((mode) => {
    const common = ['--steps', values.steps, '--threads', values.threads]
    return [
      `${mode} --flush`,
      () => timed(python, ['bench/peer.py', 'lesson', file, task, '--mode', mode, '--flush', ...common]),
    ]
  })
}

function peersOnCard(python: string, file: string, task: string): Side[] {
  const device = process.platform === 'darwin' ? 'mps' : 'cuda'
  return modes('fp32,tf32,bf16').map((mode) => {
    const asked = ['bench/hf_gpu.py', file, task, '--modes', mode, '--rounds', '1', '--device', device]
    return [`${device} ${mode}`, () => timed(python, asked)]
  })
}

function answerWorks(python: string): Work[] {
  return [
    ['greedy', '1'],
    ['beams', '4'],
  ].map(([name, beams]) => {
    const place = values.answers ?? join(folder, 'answers')
    const outs = { ours: join(folder, `${name}-ours.json`), peer: join(folder, `${name}-peer.json`) }
    const common = [join(place, 'model'), join(place, 'sources.txt'), '--beams', beams!, '--threads', values.threads]
    const ours = ['scripts/run-ts.mjs', 'bench/answers.ts', ...common, '--out', outs.ours]
    const peer = ['bench/peer.py', 'answers', ...common, '--out', outs.peer]
    const ready = (work: () => Timed) => (): Timed => {
      if (!existsSync(join(place, 'sources.txt'))) {
        result(process.execPath, ['scripts/run-ts.mjs', 'bench/answers.ts', '--make', place])
      }
      return work()
    }
    return {
      name: name!,
      sides: { ours: ready(() => timed(process.execPath, ours)), peer: ready(() => timed(python, peer)) },
      agreement: () => sameSequences(outs.ours, outs.peer),
    }
  })
}

function sameSequences(ours: string, peer: string): string {
  const [mine, theirs] = [ours, peer].map((file) => JSON.parse(readFileSync(file, 'utf8')) as number[][])
  // The peer fills a row up to the longest of its batch: with padding, or by going on with the end of an answer that has ended.
  const text = (sequence: readonly number[]): string => sequence.join(' ').replace(/(?<= 1)(?: [01])+$/u, '')
  const same = mine!.filter((sequence, row) => text(sequence) === text(theirs![row]!)).length
  return `${same} of ${mine!.length} answers are the same sequences`
}

function timed(program: string, args: readonly string[]): Timed {
  const begun = performance.now()
  const line = result(program, args)
  const processSeconds = (performance.now() - begun) / 1000
  const said = JSON.parse(line) as {
    each?: number[]
    seconds?: number
    rss_gb?: number
    on_device_gb?: number
    peak_gb?: number
    adapter?: Timed['adapter']
  }
  const own = values.device === 'cpu' ? said.rss_gb : (said.peak_gb ?? said.on_device_gb)
  return {
    each: said.each ?? [said.seconds!],
    rssGb: own ?? 0,
    processSeconds,
    ...(said.adapter && { adapter: said.adapter }),
  }
}

/** The last line that a program prints. */
function result(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 26 })
  if (status !== 0) throw new Error(`Cannot time "${program} ${args.join(' ')}":\n${stderr}`)
  return stdout.trimEnd().split('\n').at(-1)!
}

function peerPython(): string {
  if (values.modes === '') return 'python3'
  const python = values.python ?? process.env.RETEACH_PEER_PYTHON ?? 'python3'
  const { status } = spawnSync(python, ['-c', 'import torch, transformers'], { stdio: 'ignore' })
  if (status === 0) return python
  throw new Error(
    `Cannot time the peer as "${python}" is no Python that has torch and transformers: name one with --python or RETEACH_PEER_PYTHON`,
  )
}

interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
}

function spread(numbers: readonly number[]): Spread {
  return { median: median(numbers), least: Math.min(...numbers), most: Math.max(...numbers) }
}

function words({ median: middle, least, most }: Spread): string {
  return `${short(middle)} (${short(least)} to ${short(most)})`
}

function short(value: number): string {
  return value.toPrecision(3)
}
