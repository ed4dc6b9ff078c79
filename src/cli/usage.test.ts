import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { runProgram } from './program.ts'

let told = ''
beforeEach(() => {
  told = ''
  const tell = (text: unknown): boolean => {
    told += String(text)
    return true
  }
  vi.spyOn(process.stderr, 'write').mockImplementation(tell)
  vi.spyOn(process.stdout, 'write').mockImplementation(tell)
})
afterEach(() => {
  vi.restoreAllMocks()
  process.stdout.removeAllListeners('error')
})

/** No file that these name is there: what is wrong is seen before. */
const run = (words: readonly string[]): Promise<number> => runProgram(['node', 'reteach', ...words])
const spaced = (line: string): string[] => line.split(' ')

describe('runProgram() exits with 2 where the arguments alone are wrong', () => {
  const teach = 'teach --model none --data none.jsonl --out none --learning-rate 1e-3 --batch 1'
  it.each([
    ['compare --metric rouge one.jsonl', 'Cannot compare "one.jsonl" alone'],
    ['compare --metric rouge', 'without a file of answers'],
    ['compare --metric rouge a.txt b.txt --system x=a.txt', 'Cannot compare files and --system at once'],
    ['compare --metric rouge --system x=a.txt', 'Cannot compare one system'],
    ['compare --metric rouge --system x=', 'Wanted a name and its files'],
    ['compare --metric rouge --system x=a --system x=b', 'Cannot compare two systems called "x"'],
    ['compare --metric rouge --system x=a,a --system y=b', 'Cannot take "a" for two seeds of "x"'],
    ['compare --metric bleu --word-order 2 a.txt b.txt', 'Cannot use --word-order with --metric bleu'],
    ['compare --metric rouge --resamples 3 a.txt b.txt', 'Cannot make an interval'],
    ['compare --metric rouge --encoding utf-9 a.txt b.txt', 'Did you mean "utf-8"?'],
    ['score --metric bleu --word-order 2 --predictions a.txt', 'Cannot use --word-order with --metric bleu'],
    ['score --metric labels --predictions a --references b --references c', 'two files of references'],
    ['schema nope', 'Unknown output "nope"'],
    ['run none.yaml --detach', '--detach goes with --on slurm'],
    ['run none.yaml --cluster none.yaml', '--cluster goes with --on slurm'],
    ['run none.yaml --dry-run --open', '--open goes with a run'],
    ['run none.yaml --on slurm --detach --open', 'see it with "reteach serve"'],
    ['gc', 'Cannot tidy without a store'],
    ['serve none.yaml --port 99999', 'at most 65535'],
    ['report none.yaml --text --out none.html', 'leave out --text or --out'],
    ['doctor --yes', 'Cannot take --yes without --prune'],
    ['doctor --software', 'Cannot take --software without --device webgpu'],
    ['rows', 'Cannot tell what to read'],
    ['rows none.csv --hub owner/name', 'Cannot tell what to read'],
    ['rows none.csv --format cvs', 'Did you mean "csv"?'],
    ['rows none.csv --encoding utf-9', 'Did you mean "utf-8"?'],
    ['rows none.csv --where city', 'Cannot read --where "city"'],
    ['rows --hub no/such/name', 'Wanted owner/name'],
    ['rows --hub owner/name --revision ../x', 'Wanted a branch, tag or commit'],
    ['predict --hub no/such/name', 'Wanted owner/name'],
    ['predict --model none.yaml#a@1 --seed 2', 'Cannot use two seeds at once'],
    ['push none no/such/name', 'Wanted owner/name'],
    [teach, 'give either "--epochs" or "--steps"'],
    [`${teach} --steps 1 --keep best`, 'without validation pairs: give "--validation", or leave "--keep" out'],
    [`${teach} --steps 1 --stop-after 2`, 'Cannot stop early ("--stop-after") without validation pairs'],
    [`${teach} --steps 1 --evaluate-every epoch`, 'Cannot use "--evaluate-every" without "--validation"'],
    [
      `${teach} --steps 1 --evaluate-every epochs`,
      'Wanted epoch, or a whole number of at least 1. Did you mean "epoch"?',
    ],
    ['export none --out none', 'name a model of a study'],
    ['extend none --epochs 1', 'name a model of a study'],
  ])('%s', async (line, sentence) => {
    expect([await run(spaced(line)), told]).toEqual([2, expect.stringContaining(sentence)])
  })

  it.each([
    ['plan none.yaml --all=yes', "error: option '--all' takes no value\n"],
    ['plan none.yaml --no-measure=1', "error: option '--no-measure' takes no value\n"],
    ['teach --dry-run=1', "error: option '--dry-run' takes no value\n"],
    ['plan --help=1', "error: option '--help' takes no value\n"],
    ['--version=1', "error: option '--version' takes no value\n"],
    ['teach --bach=3', "error: unknown option '--bach=3'\n(Did you mean --batch?)\n"],
    ['plan none.yaml --al=yes', "error: unknown option '--al=yes'\n(Did you mean --all?)\n"],
  ])('%s', async (line, sentence) => {
    expect(await run(spaced(line))).toBe(2)
    expect(told.startsWith(sentence) ? sentence : told).toBe(sentence)
  })

  it.each([
    [['serve', 'none.yaml', '--host', ''], 'Cannot listen on an empty address'],
    [['serve', 'none.yaml', '--token', ''], 'An empty token keeps nobody out'],
  ])('%j', async (words, sentence) => {
    expect([await run(words), told]).toEqual([2, expect.stringContaining(sentence)])
  })

  it.each(['rows none.csv', 'compare --metric rouge none.txt none.md', `${teach} --steps 1`])(
    'and with 1 where a file is not there: %s',
    async (line) => {
      expect([await run(spaced(line)), told]).toEqual([1, expect.stringContaining('none')])
    },
  )
})

describe('an option that would change nothing is refused', () => {
  it.each([
    ['rows none.csv --revision v1', "'--revision <name>' changes nothing without --hub"],
    [
      'compare --metric rouge --system a=a --system b=b --samples 9',
      "'--samples <n>' cannot be used with option '--system",
    ],
    ['tokenize --model none --decode --max-length 3', "'--max-length <n>' cannot be used with option '--decode'"],
    ['plan none.yaml --dot --mermaid', "'--dot' cannot be used with option '--mermaid'"],
    ['plan none.yaml --mermaid --json', "'--mermaid' cannot be used with option '--json'"],
    ['doctor --prune --seconds 3', "'--prune' cannot be used with option '--seconds <n>'"],
    ['gc --store none --other-studies', "'--other-studies' changes nothing without a study"],
    ['gc --store none --weights none', "'--weights <which>' changes nothing without a study"],
    ['verify resume --store none', "'--store <dir>' changes nothing without a study"],
    ['loss --model none.yaml#a --all-rows', "'--all-rows' changes nothing without --input"],
    ['score --model none.yaml#a --all-rows', "'--all-rows' changes nothing without --input"],
    ['score --model none.yaml#a --encoding utf-8', '--encoding does not go with --model'],
    ['score --model none.yaml#a --stemmer', '--stemmer does not go with --model'],
    ['predict --model none --id name', "'--id <column>' changes nothing without --input"],
    ['predict --model none --no-confidence', '--no-confidence belongs to tasks with labels'],
    ['run none.yaml --on slurm --jobs 3', 'Cannot use --jobs with --on slurm'],
    ['run none.yaml --on slurm --threads 3', 'Cannot use --threads with --on slurm'],
    ['run none.yaml --on slurm --detach --tensorboard none', 'give --tensorboard to a run without --detach'],
    ['export none --to onnx --seed 3', '--seed belongs to a model of a study'],
    ['export none --to onnx --no-confidence', '--no-confidence belongs to a model of a study'],
  ])('%s', async (line, sentence) => {
    expect([await run(spaced(line)), told]).toEqual([2, expect.stringContaining(sentence)])
  })

  it.each(['rows --hub owner/name --revision v1 --format cvs', 'gc none.yaml --weights none'])(
    'and is not where it is heeded: %s',
    async (line) => {
      await run(spaced(line))
      expect(told).not.toContain('changes nothing')
    },
  )
})

describe('reteach help', () => {
  it.each([
    ['help', /^Usage: reteach \[options\] \[command\]/u],
    ['help verify', /^Usage: reteach verify \[options\] \[command\]/u],
    ['help verify resume', /^Usage: reteach verify resume \[options\] \[study\]/u],
    ['verify help resume', /^Usage: reteach verify resume \[options\] \[study\]/u],
    ['help teach', /^Usage: reteach teach \[options\]/u],
    ['help help', /^Usage: reteach help \[options\] \[command...\]/u],
  ])('reteach %s', async (line, usage) => {
    expect([await run(spaced(line)), told]).toEqual([0, expect.stringMatching(usage)])
  })

  it.each([
    ['help exprt', "error: unknown command 'exprt'\n(Did you mean export?)\n"],
    ['exprt', "error: unknown command 'exprt'\n(Did you mean export?)\n"],
    ['help verify resme', "error: unknown command 'resme'\n(Did you mean resume?)\n"],
    ['verify resme', "error: unknown command 'resme'\n(Did you mean resume?)\n"],
    ['help verify nope', "error: unknown command 'nope'\n"],
    ['help teach nope', "error: unknown command 'nope'\n"],
  ])('reteach %s ends with 2', async (line, sentence) => {
    expect([await run(spaced(line)), told]).toEqual([2, expect.stringContaining(sentence)])
  })

  it.each([
    ['verify', 'Usage: reteach verify'],
    ['verify resume --kills 0', 'Run "reteach verify resume --help" for its options'],
    ['verify nope', 'Run "reteach verify --help" for its options'],
  ])('the help that a mistake in "%s" names is its own', async (line, sentence) => {
    expect([await run(spaced(line)), told]).toEqual([2, expect.stringContaining(sentence)])
  })
})
