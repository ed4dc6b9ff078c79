// Starts a Slurm of one's own in a folder (Debian: apt-get install slurm-wlm munge; as root) and keeps it until Ctrl-C:
//
//   node scripts/run-ts.mjs scripts/own-slurm.ts DIR        then elsewhere: export SLURM_CONF=DIR/slurm.conf
import { resolve } from 'node:path'
import { missingOfSlurm, startSlurm } from '../test/rig/own-slurm.ts'

const folder = process.argv[2]
if (folder === undefined) throw new Error('Cannot start as no folder is named')
const missing = missingOfSlurm()
if (missing !== undefined) throw new Error(`Cannot start a Slurm: it needs ${missing}`)
const slurm = await startSlurm(resolve(folder))
console.log(`export SLURM_CONF=${slurm.env.SLURM_CONF}`)
const stop = (): void => void slurm.stop().then(() => process.exit(0))
process.on('SIGINT', stop)
process.on('SIGTERM', stop)
setInterval(() => {}, 1e9)
