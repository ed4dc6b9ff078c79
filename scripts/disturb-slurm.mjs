// Disturbs a study that runs on a real Slurm, then compares every lesson's weights with those of a run on this machine alone.
//
//   SLURM_CONF=… node scripts/disturb-slurm.mjs [--count 100] [--seed 1] [--folder DIR] [--urgent PARTITION]
//
// Build first (npm run build). It needs a cluster of one's own (scripts/own-slurm.ts): it preempts, requeues, warns, times out,
// cancels and kills jobs of its study, lets their node fail, kills the command that follows them, and stops the controller for a while.
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const program = join(root, 'dist/cli/main.js')
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    folder: { type: 'string' },
    urgent: { type: 'string', default: 'urgent' },
  },
})
const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'reteach-slurm-'))
const wanted = Number(values.count)
const random = generator(Number(values.seed))

const ends = new WeakMap()
const study = writeStudy()
const local = weightsOf(await runLocally())
const counts = {}
await disturb()
const disturbed = weightsOf(join(folder, 'cluster'))
const keys = Object.keys(local)
const unlike = keys.filter((key) => local[key] !== disturbed[key])
console.log(JSON.stringify({ disturbances: counts, lessons: keys.length, identical: keys.length - unlike.length }))
process.exitCode = unlike.length === 0 && keys.length > 0 ? 0 : 1

/** The starter's study with a smaller model and longer lessons. */
function writeStudy() {
  mkdirSync(folder, { recursive: true })
  cpSync(join(root, 'examples/starter'), join(folder, 'starter'), { recursive: true })
  const text = readFileSync(join(root, 'examples/starter.yaml'), 'utf8')
    .replace(/epochs: 10, batch: 16/u, 'epochs: 300, batch: 8')
    .replace(/^seeds: .*$/mu, 'seeds: [42, 43]\ncluster: { cpus: 1, memory: 1200M, poll_seconds: 1, warn_seconds: 20 }')
  const file = join(folder, 'study.yaml')
  writeFileSync(file, text)
  return file
}

async function runLocally() {
  const store = join(folder, 'local')
  await ended(start(['run', study, '--store', store, '--jobs', '2']))
  return store
}

async function disturb() {
  const acts = { preempt, requeue, warn, timeOut, kill, cancel, failNode, dropFollower, pauseController }
  const names = Object.keys(acts)
  let follower = follow()
  let done = 0
  for (;;) {
    const code = await Promise.race([ended(follower), sleep(500 + random() * 2500, 'later')])
    if (code === 0) {
      if (done >= wanted) return
      console.log(`Finished after ${done} disturbances`)
      return
    }
    if (code !== 'later') follower = follow()
    if (done >= wanted) continue
    const name = names[Math.floor(random() * names.length)]
    if (await acts[name](follower)) {
      counts[name] = (counts[name] ?? 0) + 1
      done++
    }
  }
}

function follow() {
  return start(['run', study, '--store', join(folder, 'cluster'), '--on', 'slurm'])
}

/** An urgent job takes the place of what runs. */
function preempt() {
  const script = '#!/bin/bash\nsleep 2\n'
  const options = [
    '--parsable',
    `--partition=${values.urgent}`,
    '--exclusive',
    '--output=/dev/null',
    '--job-name=urgent',
  ]
  execFileSync('sbatch', options, { input: script, stdio: ['pipe', 'ignore', 'inherit'] })
  return true
}

function requeue() {
  return onJob((job) => slurm('scontrol', 'requeue', job))
}

/** What Slurm sends before a job's time is over. */
function warn() {
  return onJob((job) => slurm('scancel', '--batch', '--signal=USR1', job))
}

/** Leaves a job a minute in all: what has run for longer is ended at once, without a warning. */
function timeOut() {
  return onJob((job) => slurm('scontrol', 'update', `jobid=${job}`, 'timelimit=1'))
}

function kill() {
  return onJob((job) => slurm('scancel', '--full', '--signal=KILL', job))
}

function cancel() {
  return onJob((job) => slurm('scancel', job))
}

/** The node dies with all that runs on it, and comes back. */
async function failNode() {
  const node = slurm('sinfo', '--noheader', '--format=%N', `--partition=${values.urgent}`).trim()
  slurm('scontrol', 'update', `nodename=${node}`, 'state=down', 'reason=disturbed')
  await sleep(1000)
  slurm('scontrol', 'update', `nodename=${node}`, 'state=resume')
  return true
}

async function dropFollower(follower) {
  follower.kill(random() < 0.5 ? 'SIGKILL' : 'SIGINT')
  await ended(follower)
  return true
}

/** The controller answers nobody for some seconds. */
async function pauseController() {
  const file = /^SlurmctldPidFile\s*= (.*)$/mu.exec(slurm('scontrol', 'show', 'config'))?.[1]
  if (file === undefined || !existsSync(file)) return false
  const pid = Number(readFileSync(file, 'utf8'))
  process.kill(pid, 'SIGSTOP')
  await sleep(3000)
  process.kill(pid, 'SIGCONT')
  return true
}

function onJob(act) {
  const jobs = slurm('squeue', '--noheader', '--states=RUNNING', '--format=%i|%j', '--me').split('\n').filter(Boolean)
  const own = jobs.filter((line) => !line.endsWith('|urgent')).map((line) => line.split('|')[0])
  if (own.length === 0) return false
  act(own[Math.floor(random() * own.length)])
  return true
}

function slurm(command, ...args) {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    // The job has ended meanwhile.
    return ''
  }
}

function start(args) {
  return spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'ignore'] })
}

function ended(child) {
  if (!ends.has(child)) ends.set(child, new Promise((resolve) => child.on('exit', (code) => resolve(code ?? -1))))
  return ends.get(child)
}

function weightsOf(store) {
  const told = execFileSync(process.execPath, [program, 'status', study, '--store', store, '--json'], {
    encoding: 'utf8',
  })
  const lessons = JSON.parse(told).steps.filter(({ kind }) => kind === 'teach')
  return Object.fromEntries(lessons.map(({ key, weights }) => [key, weights]))
}

function generator(seed) {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}
