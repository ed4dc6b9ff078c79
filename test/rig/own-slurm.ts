import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { availableParallelism, hostname, totalmem, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

/** A Slurm of one's own: a controller, one node with all of this machine's processors, and their authentication. */
export interface OwnSlurm {
  /** Under which its commands find it. */
  readonly env: Readonly<Record<string, string>>
  /** Runs one of its commands. @returns what it prints */
  ask(command: string, ...args: string[]): Promise<string>
  /** The controller's process, to stop and to continue. */
  readonly controller: ChildProcess
  stop(): Promise<void>
}

/** What is missing to start one; `undefined` where nothing is. */
export function missingOfSlurm(): string | undefined {
  if (userInfo().uid !== 0) return 'a node of Slurm that starts jobs must be started by root'
  const missing = ['slurmctld', 'slurmd', 'munged', 'sbatch'].filter(
    (command) => spawnSync('sh', ['-c', `command -v ${command}`], { env: withSbin(process.env) }).status !== 0,
  )
  return missing.length === 0 ? undefined : `${missing.join(', ')} of Debian's slurm-wlm and munge`
}

/**
 * Starts a controller and a node in a folder, on ports that are free. There are a partition `main`, one `urgent` whose jobs put
 * those of `main` back into the queue, and `short`, whose jobs may take a minute.
 *
 * @param folder is made
 * @param arraySize MaxArraySize
 */
export async function startSlurm(folder: string, { arraySize = 1001 } = {}): Promise<OwnSlurm> {
  for (const inner of ['state', 'spool']) mkdirSync(join(folder, inner), { recursive: true, mode: 0o755 })
  const [controllerPort, nodePort] = await freePorts(2)
  const conf = join(folder, 'slurm.conf')
  writeFileSync(join(folder, 'munge.key'), randomBytes(128), { mode: 0o400 })
  writeFileSync(conf, configuration(folder, controllerPort!, nodePort!, arraySize))
  writeFileSync(join(folder, 'cgroup.conf'), 'CgroupPlugin=cgroup/v1\nConstrainRAMSpace=yes\nAllowedSwapSpace=0\n')
  const env = { SLURM_CONF: conf }
  const daemons: ChildProcess[] = []
  const start = (command: string, ...args: string[]): ChildProcess => {
    const out = openSync(join(folder, `${command}.out`), 'a')
    const child = spawn(command, args, { env: withSbin({ ...process.env, ...env }), stdio: ['ignore', out, out] })
    closeSync(out)
    daemons.push(child)
    return child
  }
  const run = promisify(execFile)
  const ask = async (command: string, ...args: string[]): Promise<string> =>
    (await run(command, args, { env: { ...process.env, ...env } })).stdout
  start('munged', '--foreground', '--force', ...mungeOptions(folder))
  const controller = start('slurmctld', '-D', '-f', conf)
  start('slurmd', '-D', '-f', conf)
  const stop = async (): Promise<void> => {
    for (const daemon of daemons.reverse()) await end(daemon)
  }
  try {
    await untilIdle(ask)
  } catch (error) {
    await stop()
    throw new Error(`Slurm does not start:\n${readFileSync(join(folder, 'slurmctld.out'), 'utf8')}`, { cause: error })
  }
  return { env, ask, controller, stop }
}

/** Debian has daemons where only the system's own users look. */
function withSbin(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, PATH: `${env.PATH}:/usr/local/sbin:/usr/sbin:/sbin` }
}

function mungeOptions(folder: string): string[] {
  const names = { socket: 'munge.socket', 'key-file': 'munge.key', 'log-file': 'munged.log' }
  const more = { 'pid-file': 'munged.pid', 'seed-file': 'munged.seed' }
  return Object.entries({ ...names, ...more }).map(([option, name]) => `--${option}=${join(folder, name)}`)
}

function configuration(folder: string, controllerPort: number, nodePort: number, arraySize: number): string {
  const host = hostname().split('.', 1)[0]!
  const megabytes = Math.floor((totalmem() / 2 ** 20) * 0.9)
  return `ClusterName=own
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${controllerPort}
SlurmdPort=${nodePort}
SlurmUser=${userInfo().username}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=${join(folder, 'munge.socket')},cred_expire=5
StateSaveLocation=${join(folder, 'state')}
SlurmdSpoolDir=${join(folder, 'spool')}
SlurmctldPidFile=${join(folder, 'slurmctld.pid')}
SlurmdPidFile=${join(folder, 'slurmd.pid')}
${limitsMemory() ? kernelLimits : watchedLimits}
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0,sched_min_interval=0
MinJobAge=300
MaxArraySize=${arraySize}
ReturnToService=2
MpiDefault=none
KillWait=5
PreemptMode=REQUEUE
PreemptType=preempt/partition_prio
JobRequeue=1
NodeName=${host} NodeAddr=127.0.0.1 CPUs=${availableParallelism()} RealMemory=${megabytes} State=UNKNOWN
PartitionName=main Nodes=${host} Default=YES MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=short Nodes=${host} MaxTime=1 State=UP PriorityTier=1
PartitionName=urgent Nodes=${host} MaxTime=INFINITE State=UP PriorityTier=10
`
}

/** The kernel ends what takes more memory than its job may, as on most sites. */
const kernelLimits = 'ProctrackType=proctrack/cgroup\nTaskPlugin=task/cgroup'

/** Slurm looks at the memory every second and ends the job itself. */
const watchedLimits = `ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill`

/** Whether control groups of version 1 may be made here; in a container they mostly may not. */
function limitsMemory(): boolean {
  try {
    for (const controller of ['memory', 'freezer']) {
      const probe = join('/sys/fs/cgroup', controller, `reteach-${process.pid}`)
      mkdirSync(probe)
      rmdirSync(probe)
    }
    return true
  } catch {
    return false
  }
}

/** Ports that nobody listens on; another program may take one before Slurm does, but hardly will. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

async function untilIdle(ask: OwnSlurm['ask']): Promise<void> {
  // A controller that is not there is asked for many seconds.
  const deadline = performance.now() + 30_000
  for (;;) {
    try {
      if ((await ask('sinfo', '--noheader', '--format=%T', '--partition=main')).includes('idle')) return
      if (performance.now() > deadline) throw new Error('its node does not become idle')
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
    await sleep(100)
  }
}

async function end(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return
  const gone = new Promise((resolve) => daemon.once('exit', resolve))
  daemon.kill('SIGCONT')
  daemon.kill('SIGTERM')
  await Promise.race([gone, sleep(5000, undefined, { ref: false })])
  daemon.kill('SIGKILL')
}
