import { writeFakeStudy } from './fake-study.ts'
import { hostileTexts } from './hostile-texts.ts'
import { runScripted } from './scripted-study.ts'

/** What breaks out of a page that takes texts for HTML, and Chinese, which must be shown as it is. */
const texts = [
  ...hostileTexts.slice(0, 15),
  // Longer than its place: it scrolls. Among the rows that are shown first.
  '长文'.repeat(1500),
  ...hostileTexts.slice(15),
  '</script><script>document.title="taken"</script>',
  '<svg onload=document.title="taken"></svg>',
  '"><img src=x onerror="document.title=\'taken\'">',
  '这家餐厅的服务员很粗鲁，菜也是凉的。',
]
/** Of labels and names. */
const hostileLabel = '<b onclick=alert(1)>Food</b>'

const rows = texts.length
const numbered = (count: number, of: (i: number) => object): string =>
  Array.from({ length: count }, (_, i) => `${JSON.stringify(of(i))}\n`).join('')

/**
 * A study whose rows, labels and names would do harm if a page took them for anything but text, with its store filled: two tasks,
 * three chains, two seeds.
 *
 * @returns the study's file
 */
export async function writePageStudy(folder: string): Promise<string> {
  const split = { train: 10, validation: 4, test: rows, seed: 1 }
  const task = { teach: { learning_rate: 1e-3, epochs: 1, batch: 5 } }
  const study = {
    study: 'a page </title><script>1</script>',
    starts: { base: { scratch: { d_model: 8 }, tokenizer: 'spiece.model' } },
    tasks: {
      titles: {
        ...task,
        prefix: 'titles: ',
        data: { file: 'titles.jsonl', split: { ...split, shuffle: false } },
        source: 'text',
        target: 'title',
        metrics: ['exact-match', 'bleu'],
      },
      labels: {
        ...task,
        prefix: 'labels: ',
        data: { file: 'reviews.jsonl', split: { ...split, shuffle: false } },
        source: 'text',
        labels: { column: 'labels', classes: ['Cost', hostileLabel] },
      },
    },
    chains: ['base -> titles', 'base -> labels', 'base -> labels -> titles'],
    seeds: [1, 2],
    evaluate: { everywhere: true },
    report: { names: { 'base -> labels -> titles': 'labels <i>first</i>' } },
  }
  const all = 14 + rows
  const text = (i: number): string => `${i} ${texts[i % rows]}`
  const file = writeFakeStudy(folder, {
    'study.yaml': JSON.stringify(study),
    'titles.jsonl': numbered(all, (i) => ({ text: text(i), title: `title ${text(i + 1)}` })),
    'reviews.jsonl': numbered(all, (i) => ({
      text: `review ${text(i)}`,
      labels: [[], ['Cost'], [hostileLabel], ['Cost', hostileLabel]][i % 4],
    })),
  })
  await runScripted(file, {
    right: ({ lessons }, asked) => (asked === lessons.at(-1) ? (lessons.length > 2 ? 0.5 : 0.7) : 0.2),
    losses: ({ lessons }) => (lessons.length > 2 ? [2, 1, 0.9, 0.8] : [4, 3, 2, 1]),
  })
  return file
}
