import { writeFileAtomic } from '../../base/atomic-file.ts'
import { programVersion } from '../../base/package.ts'
import type { Figure } from '../charts/figure.ts'
import type { StudyResults } from '../results/study-results.ts'
import { type Report, tableFiles } from '../save-report.ts'
import { packExamples } from './pack-examples.ts'
import { pageAnswers, pageEvidence, pageTransfer } from './page-answers.ts'
import type { PageData } from './page-data.ts'
import { pageExamples } from './page-examples.ts'
import { pageHow } from './page-how.ts'
import { pack, pageHtml, readPageAssets } from './page-html.ts'
import { pagePlots } from './page-plots.ts'
import { pageTables, tableSections } from './page-tables.ts'

/** What the page of a study is made of: its report, and what that was made of. */
export interface PageSource {
  readonly report: Pick<Report, 'name' | 'tables' | 'conclusions' | 'latex'>
  readonly figures: readonly Figure[]
  readonly results: StudyResults
}

/** What the page is called beside the tables. */
export const pageName = 'report.html'

/** What test rows and answers may take of a page: it stays below 8 MB. */
const mostExampleBytes = 6e6

/**
 * Writes the page of a study. The same store gives the same bytes.
 *
 * @returns `path`
 * @throws {Fault} if it cannot be written, or answers or logs cannot be read
 */
export async function savePage(source: PageSource, path: string): Promise<string> {
  writeFileAtomic(path, await studyPage(source))
  return path
}

/**
 * The page's text.
 *
 * @param live whether it is served while the study runs
 * @throws {Fault} if answers or logs cannot be read
 */
export async function studyPage({ report, figures, results }: PageSource, live = false): Promise<string> {
  const { name, tables, conclusions } = report
  const files = tableFiles(report)
  const shown = pageTables(tables, files)
  const first: PageData = {
    study: name,
    program: `reteach ${programVersion()}`,
    live,
    steps: countSteps(results),
    answers: pageAnswers(conclusions),
    transfer: pageTransfer(conclusions),
    tables: shown,
    how: pageHow(results, [...tableSections(shown), ...pageEvidence(conclusions)]),
  }
  const packed = {
    plots: pack(await pagePlots(figures, conclusions.convergence, results)),
    files: pack(files),
    examples: packExamples(await pageExamples(results), mostExampleBytes),
  }
  return pageHtml(`${name} – reteach`, readPageAssets(), { first, packed }, live)
}

function countSteps({ plan, store }: StudyResults): PageData['steps'] {
  const steps = [...plan.steps.values()]
  const open = steps.filter(({ kind, key }) => !store.isDone(kind, key))
  const damaged = open.filter(({ kind, key }) => store.damage(kind, key) !== undefined)
  const failed = open.filter(({ kind, key }) => store.failure(kind, key) !== undefined)
  return {
    all: steps.length,
    finished: steps.length - open.length,
    failed: failed.filter((step) => !damaged.includes(step)).length,
    damaged: damaged.length,
  }
}
