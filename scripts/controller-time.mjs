// Tells how much of one core the controller of a Slurm on this machine takes, for instance while a study runs attached:
//
//   SLURM_CONF=… node scripts/controller-time.mjs [--seconds 180]
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '180' } } })
const config = execFileSync('scontrol', ['show', 'config'], { encoding: 'utf8' })
const pid = readFileSync(/^SlurmctldPidFile\s*= (.*)$/mu.exec(config)[1], 'utf8').trim()
const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

const [began, before] = [performance.now(), processorSeconds()]
await sleep(1000 * Number(values.seconds))
const seconds = (performance.now() - began) / 1000
const taken = processorSeconds() - before
const jobs = execFileSync('squeue', ['--noheader', '--array'], { encoding: 'utf8' }).split('\n').length - 1
console.log(JSON.stringify({ seconds, processorSeconds: taken, percentOfACore: (100 * taken) / seconds, jobs }))

/** Of all threads; the name in brackets may hold spaces. */
function processorSeconds() {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}
