import { describe, expect, it } from 'vitest'
import { hostileTexts } from '../../../test/rig/hostile-texts.ts'
import { latexTable } from './latex-table.ts'
import type { TableRow, TaskTable } from './task-table.ts'

const none = { minutes: false, marks: false }

function row(chain: string, mean: number, difference?: number): TableRow {
  const half = 0.4
  return {
    chain,
    seeds: [1, 2].map((seed) => ({
      seed,
      scores: { bleu: mean },
      updates: 1200,
      seconds: 60,
      evaluation: `k${seed}` as never,
      lessons: ['l' as never],
    })),
    missing: [],
    mean: { bleu: mean },
    deviation: { bleu: 0.1 },
    interval: { bleu: { low: mean - half, high: mean + half } },
    updates: 1200,
    minutes: 12.34,
    baseline: difference === undefined ? undefined : 'mt5 -> a_b',
    comparison:
      difference === undefined
        ? undefined
        : {
            seeds: { arm: 2, baseline: 2 },
            rows: 100,
            difference,
            standardError: 0.2,
            df: 3.5,
            interval: { low: difference - 0.6, high: difference + 0.6 },
            p: Math.abs(difference) > 1 ? 0.0004 : 0.4,
            uncorrected: 0.1,
            comparisons: 2,
            differs: Math.abs(difference) > 1,
            separable: Math.abs(difference) > 1,
            detectable: 0.9,
            needed: { seeds: 2, rows: 100 },
            chance: { seeds: 0, rows: 0, single: 0, both: 0 },
          },
    leaked: undefined,
    health: [],
    prefixes: [],
    paper: {},
  }
}

function tableOf(...rows: TableRow[]): TaskTable {
  return {
    task: 'a_b',
    title: 'Titles & labels',
    examples: 100,
    columns: [{ name: 'bleu', metric: 'bleu', field: 'bleu', best: 100, signature: '' }],
    rows,
    floors: [],
    differences: [],
    warnings: [],
    notes: [],
  }
}

const fresh = row('mt5 -> a_b', 9.5)

describe('latexTable()', () => {
  it.each(hostileTexts)('shows %j and does nothing else', (text) => {
    const written = latexTable({ ...tableOf(row('x', 1)), title: text }, none, 'tab:x')
    expect(written).not.toMatch(/[^\P{Cc}\n]|[\p{Bidi_Control}\u2028\u2029]|^[^%].*\\input/mu)
  })

  it('writes tables with captions, labels, columns of siunitx and the better chains in bold', () => {
    const latex = latexTable(
      tableOf(fresh, row('mt5 -> x -> a_b', 12.25, 2.75), row('flan -> a_b', 9, -0.5)),
      none,
      'tab:a_b',
    )
    expect(latex).toBe(String.raw`% Titles & labels
\begin{table}
  \centering
  \sisetup{detect-weight=true,mode=text,separate-uncertainty=true,retain-explicit-plus=true}
  \caption{Titles \& labels. Scores are means over 2 seeds; $\pm$ is half of the mean's 95 \% t interval over seeds. Bold: better than the fresh start, p $<$ 0.05.}
  \label{tab:a_b}
  \begin{tabular}{lS[table-format=2.2(2)]S[table-format=4.0]}
    \toprule
    chain & {bleu} & {updates} \\
    \midrule
    mt5 $\rightarrow$ a\_b & 9.50 +- 0.40 & 1200 \\
    mt5 $\rightarrow$ x $\rightarrow$ a\_b & \bfseries 12.25 +- 0.40 & 1200 \\
    flan $\rightarrow$ a\_b & 9.00 +- 0.40 & 1200 \\
    \bottomrule
  \end{tabular}
\end{table}
\begin{table}
  \centering
  \sisetup{detect-weight=true,mode=text,separate-uncertainty=true,retain-explicit-plus=true}
  \caption{Titles \& labels: differences. Differences are in bleu, from the chain under ${'``'}against'' on the same 100 test rows. Better or worse: p $<$ 0.05 in one test that takes seeds and rows both as samples, corrected by Holm over 2 comparisons. The interval is the same test's by itself, without the correction: it may leave out 0 where p is not below 0.05. ${'``'}Detectable'' is the smallest true difference that four of five such studies would show; one above the best score is more than this can show.}
  \label{tab:a_b-differences}
  \begin{tabular}{llS[table-format=+1.2]rS[table-format=1.3]S[table-format=1.2]l}
    \toprule
    chain & against & {difference} & 95 \% interval & {p (Holm)} & {detectable} & verdict \\
    \midrule
    mt5 $\rightarrow$ x $\rightarrow$ a\_b & mt5 $\rightarrow$ a\_b & \bfseries +2.75 & $+2.15$ to $+3.35$ & {$<$ 0.001} & 0.90 & better \\
    flan $\rightarrow$ a\_b & mt5 $\rightarrow$ a\_b & -0.50 & $-1.10$ to $+0.10$ & 0.400 & 0.90 & not separable \\
    \bottomrule
  \end{tabular}
\end{table}
% mt5 -> a_b, seed 1: evaluate/k1, teach/l
% mt5 -> a_b, seed 2: evaluate/k2, teach/l
% mt5 -> x -> a_b, seed 1: evaluate/k1, teach/l
% mt5 -> x -> a_b, seed 2: evaluate/k2, teach/l
% flan -> a_b, seed 1: evaluate/k1, teach/l
% flan -> a_b, seed 2: evaluate/k2, teach/l`)
  })

  it('keeps names from being read as what LaTeX allows after the end of a row', () => {
    const names = { 'mt5 -> a_b': '[1cm] fresh', 'flan -> a_b': '* other', chain: '*' }
    const latex = latexTable({ ...tableOf(fresh, row('flan -> a_b', 9, -0.5)), names }, none, 't')
    expect(latex).toContain('    {}[1cm] fresh & 9.50')
    expect(latex).toContain('    {}* other & 9.00')
    expect(latex).not.toMatch(/^\s*[[*]/mu)
  })

  it('says which names pdflatex cannot set, those of scores too', () => {
    const table = { ...tableOf(fresh), names: { bleu: '分数' } }
    expect(latexTable(table, none, 't')).toContain('use xelatex or lualatex')
  })

  it('sets the fresh start in bold where all others are worse, and nothing where none is separable', () => {
    const worse = latexTable(tableOf(fresh, row('flan -> a_b', 5, -4.5)), none, 't')
    expect(worse).toContain(String.raw`a\_b & \bfseries 9.50 +- 0.40`)
    expect(worse).toContain('Bold: better than all others')
    const even = latexTable(tableOf(fresh, row('flan -> a_b', 9, -0.5)), none, 't')
    expect(even).not.toMatch(/bfseries|Bold/)
  })

  it('has minutes and marks where they are asked for, and names of the study', () => {
    const ill = { ...fresh, health: [{ kind: 'loss', text: 'bad' } as never] }
    const table = { ...tableOf(ill), names: { 'mt5 -> a_b': 'Fresh 100%', bleu: 'BLEU' } }
    expect(latexTable(table, none, 't')).toContain(String.raw`    Fresh 100\% & 9.50 +- 0.40 & 1200 \\`)
    const whole = latexTable(table, { minutes: true, marks: true }, 't')
    expect(whole).toContain(String.raw`    Fresh 100\% (!) & 9.50 +- 0.40 & 1200 & 12.3 \\`)
    expect(whole).toContain(String.raw`chain & {BLEU} & {updates} & {minutes} \\`)
  })

  it('has no letters that pdflatex lacks but those of names, of which it says so', () => {
    const floor = { scores: { bleu: 0.1 } } as unknown as TaskTable['floors'][number]
    const floors = [
      { ...floor, name: 'always "看见了"' },
      { ...floor, name: 'always "none"' },
    ]
    const latex = latexTable({ ...tableOf(fresh), floors }, none, 't')
    expect(latex).toContain('    always one answer & 0.10 & {--} ')
    expect(latex).toContain("    always ``none'' & 0.10 & {--} ")
    expect(latex).not.toMatch(/看|pdflatex/u)
    const named = { ...tableOf(fresh), names: { 'mt5 -> a_b': '新的' } }
    expect(latexTable(named, none, 't')).toMatch(/^% It has letters that pdflatex lacks/mu)
  })

  it('leaves no sign of LaTeX in a text', () => {
    const name = String.raw`a\b{c}~d^e #1 $2 <x|y> "z" -3.5 co-2`
    const latex = latexTable({ ...tableOf(fresh), names: { 'mt5 -> a_b': name } }, none, 't')
    expect(latex).toContain(
      String.raw`a\textbackslash{}b\{c\}\textasciitilde{}d\textasciicircum{}e \#1 \$2 $<$x$|$y$>$ ${'``'}z'' $-3.5$ co-2 &`,
    )
  })
})
