import { closeSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { openPlainFile, requireWritable, writeFault } from '../../../base/atomic-file.ts'
import { Fault } from '../../../base/fault.ts'
import { makeFolder } from '../../../base/make-folder.ts'
import { readFault } from '../../../base/read-fault.ts'
import { studyFigures } from '../../../report/figures/study-figures.ts'
import { studyResults } from '../../../report/results/study-results.ts'
import { saveFigures } from '../../../report/save-figures.ts'
import { damageNotes } from '../../../study/run/damage.ts'
import { Store } from '../../../study/store/store.ts'
import { emptyStore } from '../../input/empty-store.ts'
import { loadPlan, type StudyFlags } from '../../input/load-plan.ts'
import { storeFolder } from '../../input/store-folder.ts'
import { folderOption, storeOption } from '../../options/study-options.ts'
import { tellNotes } from '../../print/tell-notes.ts'

interface FigureFlags extends StudyFlags {
  readonly out?: string
  readonly title: boolean
  readonly font?: string
  readonly json?: true
}

/** `reteach figures`: a study's figures, drawn anew from what is finished. */
export function addFiguresCommand(program: Command): void {
  program
    .command('figures')
    .description(
      'Draw the figures of a study from what is finished, running nothing: SVG and PDF, and the numbers as CSV',
    )
    .argument('<study>', 'study file (YAML)')
    .addOption(storeOption())
    .addOption(folderOption())
    .option('--out <dir>', "folder for the figures (default: the study's report folder in the store)")
    .option('--font <file>', 'TTF or OTF for letters that Helvetica lacks, in PDFs (default: one of this system)')
    .option('--no-title', 'draw no titles, as journals have them in captions')
    .option('--json', 'print the names of the files as JSON')
    .addHelpText(
      'after',
      `
"figures:" in the study file says which. Without it: the labels of each task that has some, the losses of the chains
that end with each task, what each sweep does to the scores, and which labels were answered for which. "reteach run" draws
them too.

Example:
  $ reteach figures study.yaml --out figures`,
    )
    .action(async (file: string, flags: FigureFlags) => {
      const store = new Store(storeFolder(file, flags))
      const plan = await loadPlan(file, store, flags, { looksOnly: true })
      const empty = emptyStore(plan, file, store)
      if (empty !== undefined && !flags.json) throw new Fault(empty.sentence)
      tellNotes([...(empty === undefined ? [] : [empty.sentence]), ...damageNotes(plan, store)])
      const folder = flags.out ?? store.reportFolder(plan.study.name)
      makeWritable(folder)
      if (flags.font !== undefined) requireReadable(flags.font)
      const figures = await studyFigures(studyResults(plan, store))
      const drawn = flags.title ? figures : figures.map((figure) => ({ ...figure, untitled: true as const }))
      const font = flags.font === undefined ? {} : { font: flags.font }
      const onNotice = (sentence: string): void => tellNotes([sentence])
      const saved = await saveFigures(drawn, folder, { ...font, onNotice })
      if (flags.json) {
        const figures = saved.map((figure) => ({
          ...figure,
          svg: join(folder, figure.svg),
          pdf: join(folder, figure.pdf),
          csv: join(folder, figure.csv),
        }))
        process.stdout.write(`${JSON.stringify({ study: plan.study.name, figures })}\n`)
      } else if (saved.length === 0) process.stdout.write('The study asks for no figures\n')
      else for (const { svg, title } of saved) process.stdout.write(`${join(folder, svg)}  ${title}\n`)
    })
}

/** Before anything is drawn, as there may be much of it. */
function makeWritable(folder: string): void {
  requireWritable(folder)
  try {
    makeFolder(folder)
  } catch (error) {
    throw writeFault(folder, error)
  }
}

function requireReadable(font: string): void {
  try {
    closeSync(openPlainFile(font))
  } catch (error) {
    throw readFault(font, error)
  }
}
