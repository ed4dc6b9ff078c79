import { conclude } from '../../report/conclusions/conclusions.ts'
import { studyFigures } from '../../report/figures/study-figures.ts'
import { studyPage } from '../../report/page/save-page.ts'
import { studyResults } from '../../report/results/study-results.ts'
import { taskTables } from '../../report/tables/task-table.ts'
import type { Plan } from '../../study/plan/plan.ts'
import type { Store } from '../../study/store/store.ts'

/** Makes a study's live page; anew only when other steps are finished, or still what was written, than the last time. */
export function livePages(plan: Plan, store: Store): () => Promise<string> {
  let made: { readonly of: string; readonly page: Promise<string> } | undefined
  return async () => {
    const steps = [...plan.steps.values()]
    for (const { kind, key } of steps) store.lookAnew(kind, key)
    const of = steps
      .filter(({ kind, key }) => store.isDone(kind, key))
      .map(({ key }) => key)
      .join()
    if (made?.of !== of) made = { of, page: makePage(plan, store) }
    try {
      return await made.page
    } catch (error) {
      made = undefined
      throw error
    }
  }
}

async function makePage(plan: Plan, store: Store): Promise<string> {
  const results = studyResults(plan, store)
  const tables = await taskTables(plan, store, results)
  const conclusions = await conclude(plan, store, results)
  const report = { name: plan.study.name, tables, conclusions, latex: plan.study.report }
  return await studyPage({ report, figures: await studyFigures(results), results }, true)
}
