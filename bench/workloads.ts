import { seededRandom } from '../src/base/random.ts'

/** Source and target in tokens. */
export type Lengths = readonly [source: number, target: number]

/** What `bench/train-step.ts` and the peer teach: random ids of these lengths, to models of these sizes. */
export interface Workloads {
  readonly models: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly tasks: Readonly<Record<string, { readonly model: string; readonly lengths: readonly Lengths[] }>>
}

/** Abstracts to titles, reviews to labels and translation at their usual lengths; two of one length alone; a small model. */
export function workloads(): Workloads {
  const small = { d_model: 512, d_kv: 64, d_ff: 1024, num_layers: 8, num_heads: 6 }
  return {
    models: {
      'flan-t5-small': { vocab_size: 32128, ...small },
      'mt5-small': { vocab_size: 250112, ...small },
      miniature: { vocab_size: 1024, d_model: 64, d_kv: 16, d_ff: 128, num_layers: 2, num_heads: 4 },
    },
    tasks: {
      'a2t-flan': task('flan-t5-small', drawn([219, 0.33, 80, 512], [14, 0.35, 5, 48])),
      'reviews-flan': task('flan-t5-small', drawn([121, 0.57, 18, 450], [6, 0.6, 2, 20])),
      'translation-mt5': task('mt5-small', drawn([34, 0.43, 10, 110], [34, 0.54, 8, 128])),
      'a2t-mt5': task('mt5-small', drawn([244, 0.34, 85, 512], [16, 0.35, 5, 48])),
      'steady-a2t-flan': task('flan-t5-small', steady([230, 14])),
      'steady-translation-mt5': task('mt5-small', steady([40, 35])),
      small: task('miniature', steady([50, 14])),
    },
  }
}

function task(model: string, lengths: readonly Lengths[]): Workloads['tasks'][string] {
  return { model, lengths }
}

function steady(lengths: Lengths): Lengths[] {
  return Array.from({ length: 320 }, () => lengths)
}

type Shape = readonly [median: number, logSpread: number, least: number, most: number]

/** Log-normal lengths within bounds. */
function drawn(source: Shape, target: Shape): Lengths[] {
  const random = seededRandom(1)
  const draw = ([median, spread, least, most]: Shape): number =>
    Math.min(most, Math.max(least, Math.round(median * Math.exp(spread * random.normal()))))
  return Array.from({ length: 320 }, (): Lengths => [draw(source), draw(target)])
}
