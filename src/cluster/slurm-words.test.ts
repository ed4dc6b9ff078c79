import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { resolveCluster, slurmMegabytes, slurmMinutes } from '../study/file/keys/resolve-cluster.ts'
import { jobScript, keyOfElement, requireJobFolders, shellQuote } from './job-script.ts'
import { isAlive, isStuck, readQueue } from './queue.ts'
import { queueSentence } from './queue-words.ts'
import { resourcesOf } from './resources.ts'
import { readLimits } from './site-limits.ts'

describe('slurmMinutes', () => {
  // The forms of `sbatch --time` in Slurm's manual.
  it.each([
    ['90', 90],
    ['90:30', 91],
    ['2:00:00', 120],
    ['1-12', 2160],
    ['1-12:30', 2190],
    ['0-00:00:01', 1],
  ])('reads %s as %i minutes', (text, minutes) => expect(slurmMinutes(text)).toBe(minutes))
})

describe('slurmMegabytes', () => {
  it.each([
    ['500', 500],
    ['4G', 4096],
    ['1.5g', 1536],
    ['2T', 2097152],
    ['2048K', 2],
  ])('reads %s as %i MiB', (text, size) => expect(slurmMegabytes(text)).toBe(size))
})

describe('readQueue', () => {
  const text = [
    `7|RUNNING|None|node1|reteach/ab12/${'f'.repeat(64)}`,
    '8_3|PENDING|Priority||reteach/ab12/array-0a0b0c0d0e0f',
    '9|PENDING|DependencyNeverSatisfied||',
    '10|CANCELLED|None|node2|somebody | else',
    '11|A_STATE_OF_TOMORROW|None|node2|',
    '',
  ].join('\n')
  const jobs = readQueue(text)

  it('reads numbers, states, reasons, nodes and comments', () => {
    expect(jobs.map(({ id, state }) => `${id} ${state}`)).toEqual([
      '7 running',
      '8_3 waiting',
      '9 waiting',
      '10 cancelled',
      '11 running',
    ])
    expect(jobs[3]!.comment).toBe('somebody | else')
    expect(jobs[1]).toMatchObject({ reason: 'Priority', nodes: '', comment: 'reteach/ab12/array-0a0b0c0d0e0f' })
  })

  it('tells what is alive and what can never begin', () => {
    expect(jobs.map(isAlive)).toEqual([true, true, true, false, true])
    expect(jobs.map(isStuck)).toEqual([false, false, true, false, false])
  })

  it('is told in a sentence', () => {
    expect(queueSentence(jobs)).toBe('Queue: 2 jobs run, 2 jobs wait (1 Priority, 1 DependencyNeverSatisfied)')
    expect(queueSentence([])).toBe('')
  })
})

describe('readLimits', () => {
  const config = 'ClusterName             = lab\nMaxArraySize            = 1001\nMaxJobCount             = 10000\n'
  const partitions = [
    'PartitionName=main Default=YES MaxTime=UNLIMITED State=UP',
    'PartitionName=short Default=NO MaxTime=04:00:00 State=UP',
    'PartitionName=long Default=NO MaxTime=7-00:00:00 State=UP',
  ].join('\n')

  it("reads the cluster's, the partition's and the user's own", () => {
    expect(readLimits({ config, partitions, association: '' }, undefined)).toEqual({
      cluster: 'lab',
      jobs: 5000,
      arraySize: 1000,
      minutes: Number.POSITIVE_INFINITY,
    })
    expect(readLimits({ config, partitions, association: '\n200\n' }, 'short')).toMatchObject({
      jobs: 200,
      minutes: 240,
    })
    expect(readLimits({ config, partitions, association: '' }, 'long,short').minutes).toBe(240)
    const short = partitions.replace('MaxTime=UNLIMITED', 'MaxTime=00:30:00')
    expect(readLimits({ config, partitions: short, association: '' }, undefined).minutes).toBe(30)
  })

  it('leaves room for one job at least, and for no array where nothing is said', () => {
    const told = { config: 'MaxJobCount = 1\n', partitions: '', association: '' }
    expect(readLimits(told, undefined)).toMatchObject({ jobs: 1, arraySize: 0 })
  })
})

describe('resourcesOf', () => {
  const cluster = resolveCluster({ time: '2:00:00', memory: '8G', cpus: 6 })

  it('asks for an estimate with its margin, never for longer than a sitting', () => {
    const needs = { seconds: 1500, bytes: 2 ** 31 }
    expect(resourcesOf(needs, cluster, { minutes: 1e9 })).toEqual({ minutes: 52, memoryMb: 3072, cpus: 6 })
    expect(resourcesOf({ seconds: 1e6 }, cluster, { minutes: 1e9 })).toMatchObject({ minutes: 120, memoryMb: 8192 })
    expect(resourcesOf({ seconds: 1e6 }, cluster, { minutes: 30 }).minutes).toBe(30)
    expect(resourcesOf({ seconds: 1 }, cluster, { minutes: 1e9 }).minutes).toBe(10)
    // Node alone takes more than a small step is expected to.
    expect(resourcesOf({ bytes: 2 ** 20 }, cluster, { minutes: 1e9 }).memoryMb).toBe(1024)
    expect(resourcesOf({ bytes: 2 ** 20 }, cluster, { minutes: 1e9 }, 1).memoryMb).toBe(2048)
  })

  it('asks for twice as much after memory was short, and for no time where nothing is known', () => {
    expect(resourcesOf({ bytes: 2 ** 31 }, cluster, { minutes: 30 }, 1)).toMatchObject({ minutes: 30, memoryMb: 6144 })
    expect(resourcesOf({}, resolveCluster(), { minutes: Number.POSITIVE_INFINITY }).minutes).toBeUndefined()
  })
})

describe('jobScript', () => {
  const hostile = `a "b" 'c' $HOME \`id\` \\ \n#SBATCH --wrap=rm é`
  const cluster = resolveCluster({
    prologue: ['module() { :; }', 'module load nodejs/20'],
    sbatch: ['--mail-type=FAIL'],
  })
  const job = {
    name: hostile,
    comment: 'reteach/ab/x',
    resources: { minutes: 5, memoryMb: 100, cpus: 2 },
    log: '/store/100% done/jobs/x-%j.log',
    folder: '/work',
    command: ['printf', '%s|', hostile],
  }

  it('has every option on a line of its own, whatever is in the names', () => {
    const lines = jobScript(job, cluster).split('\n')
    // Slurm reads options up to the first line that is no comment.
    const options = lines.slice(
      0,
      lines.findIndex((line) => !line.startsWith('#')),
    )
    expect(options).toContain('#SBATCH --time=5')
    expect(options).toContain('#SBATCH --mail-type=FAIL')
    expect(options).toContain('#SBATCH --output="/store/100%% done/jobs/x-%j.log"')
    expect(options.filter((line) => line.includes('wrap'))).toEqual([
      String.raw`#SBATCH --job-name="a \"b\" 'c' $HOME ${'`id`'} \\  #SBATCH --wrap=rm é"`,
    ])
  })

  it('tells folders as they are, and refuses those that Slurm would take for others', () => {
    const odd = '/a\u200db\t"c" \u001b\u202e'
    const script = jobScript({ ...job, folder: `${odd}\\d`, log: `${odd}/jobs/x-%j.log` }, cluster)
    const quoted = odd.replaceAll('"', '\\"')
    expect(script).toContain(`#SBATCH --chdir="${quoted}\\\\d"\n`)
    expect(script).toContain(`#SBATCH --output="${quoted}/jobs/x-%j.log"\n`)
    expect(() => requireJobFolders(`${odd}\\d`, odd)).not.toThrow()
    expect(() => requireJobFolders('/a\nb', '/s')).toThrow(
      String.raw`Cannot have jobs of Slurm run in "/a\nb" as its path holds a line break: run this in another folder`,
    )
    expect(() => requireJobFolders('/a', '/s\rt')).toThrow(/print into "\/s\\rt" as its path holds a line break: name/u)
    expect(() => requireJobFolders('/a', '/s\\t')).toThrow(/as its path holds a backslash: name another store/u)
  })

  it('warns before the end, of a short time after two thirds, and ends what can never begin', () => {
    const resources = (minutes: number | undefined) => ({ ...job, resources: { ...job.resources, minutes } })
    const signal = (minutes: number | undefined) =>
      /--signal=B:USR1@(\d+)/u.exec(jobScript(resources(minutes), { ...cluster, warnSeconds: 300 }))?.[1]
    expect([5, 15, 60, undefined].map(signal)).toEqual(['100', '300', '300', '300'])
    const options = jobScript({ ...job, dependency: 'afterok:12' }, cluster).split('\n')
    expect(options).toContain('#SBATCH --dependency=afterok:12')
    expect(options).toContain('#SBATCH --kill-on-invalid-dep=yes')
    expect(jobScript(job, cluster)).not.toContain('dep')
  })

  it('hands every word of the command on as it is', () => {
    const output = execFileSync('bash', ['-c', jobScript(job, cluster)], { encoding: 'utf8' })
    expect(output).toBe(`${hostile}|`)
    expect(shellQuote('plain-word=1')).toBe('plain-word=1')
  })

  it("hands an array's element its line", () => {
    const script = jobScript({ ...job, command: ['printf', '%s', keyOfElement] }, cluster)
    const folder = mkdtempSync(join(tmpdir(), 'reteach-array-'))
    const file = join(folder, "a 'list'.txt")
    writeFileSync(file, 'one\ntwo\nthree\n')
    try {
      const command = ['printf', '%s', keyOfElement]
      const array = jobScript({ ...job, command, array: { file, indexes: [0, 1, 2, 5] } }, cluster)
      expect(array).toContain('#SBATCH --array=0-2,5')
      expect(script).not.toContain('--array')
      const env = { ...process.env, SLURM_ARRAY_TASK_ID: '1' }
      expect(execFileSync('bash', ['-c', array], { encoding: 'utf8', env })).toBe('two')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
