import { existsSync, statSync } from 'node:fs'
import type { Command } from 'commander'
import { Fault } from '../../base/fault.ts'
import { plural } from '../../base/plural.ts'
import { sealedNote } from '../../study/run/damage.ts'
import { type StoreFinding, type StoreReport, verifyStore } from '../../study/run/verify-store.ts'
import { Store } from '../../study/store/store.ts'
import type { StudyFlags } from '../input/load-plan.ts'
import { looksLikeStore } from '../input/nearby-stores.ts'
import { storeFolder } from '../input/store-folder.ts'
import { storeOption } from '../options/study-options.ts'
import { formatBytes } from '../print/format-bytes.ts'
import { styles } from '../print/own-styles.ts'

interface VerifyStoreFlags extends StudyFlags {
  readonly json?: true
}

/** `reteach verify store`: whether everything that is finished is still what was written. */
export function addVerifyStoreCommand(verify: Command): void {
  verify
    .command('store')
    .description('Read every file of every finished step of a store, and name those that are not what was written')
    .argument('[study]', 'study file (YAML), beside which the store lies (default: one in this folder)')
    .addOption(storeOption())
    .option('--json', 'print what was found as JSON')
    .addHelpText(
      'after',
      `
It needs neither data nor models, changes no result, and may run beside a study. The exit code is 1 when something is wrong:
"reteach run" then sets it aside and does those steps anew. Steps that were finished before files were sealed are sealed.

Examples:
  $ reteach verify store study.yaml
  $ reteach verify store --store .reteach --json`,
    )
    .action(printVerdict)
}

function printVerdict(study: string | undefined, flags: VerifyStoreFlags): void {
  const found = study === undefined ? undefined : statSync(study, { throwIfNoEntry: false })
  if (study !== undefined && !found) throw new Fault(`Cannot find study "${study}"`)
  if (found?.isDirectory())
    throw new Fault(`Cannot use "${study}" as a study as it is a folder: of a store write --store ${study}`)
  // Without a study it is the store of one that lies in this folder.
  const store = new Store(storeFolder(study ?? 'study.yaml', flags))
  if (!existsSync(store.folder)) {
    const hint = study === undefined && flags.store === undefined ? ': name a study, or give --store DIR' : ''
    throw new Fault(`Cannot verify "${store.folder}" as there is no such folder${hint}`)
  }
  const report = verifyStore(store, () => {})
  if (report.steps === 0 && report.findings.length === 0 && !looksLikeStore(store.folder)) {
    throw new Fault(`Cannot verify "${store.folder}" as it is no store: it holds no steps of a study`)
  }
  if (flags.json) process.stdout.write(`${JSON.stringify({ store: store.folder, ...report })}\n`)
  else process.stdout.write(`${reportLines(report).join('\n')}\n`)
  if (report.findings.length > 0) process.exitCode = 1
}

function reportLines({ steps, files, bytes, findings, sealed, unsealed, setAside }: StoreReport): string[] {
  return [
    ...findings.map(findingLine),
    `${plural(steps, 'finished step')}, ${plural(files, 'file')} of ${formatBytes(bytes)} read: ${ending(steps, findings)}`,
    ...(sealed > 0 ? [sealedNote(sealed)] : []),
    ...(unsealed > 0
      ? [`${plural(unsealed, 'step')} finished before files were sealed cannot be told from what was written`]
      : []),
    ...setAside.map((path) => styles.dim(`set aside by a run, and yours to remove: ${path}`)),
  ]
}

function ending(steps: number, findings: readonly StoreFinding[]): string {
  if (findings.length === 0) return steps === 0 ? 'nothing is finished' : 'all is what was written'
  return `${plural(findings.length, 'thing')} not as written; run the study again to have them made anew`
}

function findingLine({ path, what, label, faults }: StoreFinding): string {
  const name = label === undefined ? path : `${label} (${path})`
  const text = what === 'strangers' ? `not its own: ${faults.join(', ')}` : faults.join('; ')
  return `${styles.red('✖')} ${name}: ${text}`
}
