import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { seededRandom } from '../../src/base/random.ts'
import { bleuMetric } from '../../src/metrics/bleu.ts'
import { labelsMetric } from '../../src/metrics/labels.ts'
import type { Metric } from '../../src/metrics/metric.ts'
import { rougeMetric } from '../../src/metrics/rouge.ts'
import { readStudy } from '../../src/study/file/read-study.ts'
import { type PreparedPair, taskParts } from '../../src/study/steps/prepare-task.ts'

/** A score by its name in the study's tables. */
export type Floor = Readonly<Record<string, number>>

/**
 * What answers score that know nothing of the test row they are given: for text the target of a training row drawn at
 * random (mean of 20 draws), for reviews the set of labels that most training rows have, and a set drawn at random.
 */
export async function miniatureFloors(): Promise<ReadonlyMap<string, Floor>> {
  const file = fileURLToPath(new URL('study.yaml', import.meta.url))
  const checked = readStudy(readFileSync(file, 'utf8'), file)
  if ('faults' in checked) throw new Error(checked.faults.map(({ message }) => message).join('\n'))
  const { study } = checked
  const floors = new Map<string, Floor>()
  const parts = async (name: string) => {
    const { train, test } = await taskParts(study.tasks.get(name)!)
    return { train: [...(train ?? [])] as readonly PreparedPair[], test: [...(test ?? [])] as readonly PreparedPair[] }
  }
  const a2t = await parts('a2t')
  const texts = ({ train, test }: typeof a2t, metric: Metric) =>
    randomDraws(train, (drawn) =>
      scoreOf(
        metric,
        drawn(test.length).map(({ target }) => target),
        test.map(({ target }) => target),
      ),
    )
  floors.set('a2t: a random title', { ...texts(a2t, bleuMetric({ tokenize: '13a' })), ...texts(a2t, rougeMetric({})) })
  const trans = await parts('trans')
  floors.set('trans: a random translation', texts(trans, bleuMetric({ tokenize: 'zh' })))
  const res = await parts('res')
  const task = study.tasks.get('res')!
  if (task.texts.kind !== 'labels') throw new Error('The task "res" has no labels')
  const metric = labelsMetric({ labels: task.texts.labels.classes })
  const wanted = res.test.map(({ labels }) => labels ?? [])
  const common = mostCommon(res.train)
  floors.set(
    'res: the most common set of labels',
    scoreOf(
      metric,
      wanted.map(() => common),
      wanted,
    ),
  )
  floors.set(
    'res: a random set of labels',
    randomDraws(res.train, (drawn) =>
      scoreOf(
        metric,
        drawn(wanted.length).map(({ labels }) => labels ?? []),
        wanted,
      ),
    ),
  )
  return floors
}

function scoreOf<Answer>(metric: Metric<Answer>, answers: readonly Answer[], wanted: readonly Answer[]): Floor {
  return metric.score(metric.statistics(answers, wanted))
}

/** Mean of scores over draws from the training rows. */
function randomDraws(
  train: readonly PreparedPair[],
  score: (drawn: (count: number) => readonly PreparedPair[]) => Floor,
): Floor {
  const draws = 20
  const sum: Record<string, number> = {}
  for (let draw = 0; draw < draws; draw++) {
    const random = seededRandom([7, draw])
    const scores = score((count) => Array.from({ length: count }, () => train[random.below(train.length)]!))
    for (const [name, value] of Object.entries(scores)) sum[name] = (sum[name] ?? 0) + value / draws
  }
  return sum
}

function mostCommon(rows: readonly PreparedPair[]): readonly string[] {
  const counts = new Map<string, { count: number; labels: readonly string[] }>()
  for (const { target, labels = [] } of rows) {
    counts.set(target, { count: (counts.get(target)?.count ?? 0) + 1, labels })
  }
  return [...counts.values()].reduce((best, next) => (next.count > best.count ? next : best)).labels
}
