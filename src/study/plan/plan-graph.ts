import type { Step } from '../steps/step-kinds.ts'
import type { Plan } from './plan.ts'

/** The plan as a graph for Graphviz. */
export function dotGraph(plan: Plan, isDone: (step: Step) => boolean): string {
  const lines = ['digraph study {', '  rankdir=LR', '  node [fontname="sans-serif", shape=box, style=rounded]']
  for (const step of plan.steps.values()) {
    const look = isDone(step) ? ', style="rounded,filled", fillcolor="#d8f0d8"' : ''
    lines.push(`  "${id(step)}" [label=${JSON.stringify(step.label)}${look}]`)
  }
  for (const [from, to] of edges(plan)) lines.push(`  "${from}" -> "${to}"`)
  return [...lines, '}'].join('\n')
}

/** The plan as a flow chart in Mermaid's notation, as Markdown pages show it. */
export function mermaidGraph(plan: Plan, isDone: (step: Step) => boolean): string {
  const lines = ['flowchart LR']
  for (const step of plan.steps.values()) {
    // Quotes would end the label; Mermaid reads character references in it.
    const label = step.label.replaceAll('"', '#quot;')
    lines.push(`  ${id(step)}["${label}"]${isDone(step) ? ':::done' : ''}`)
  }
  for (const [from, to] of edges(plan)) lines.push(`  ${from} --> ${to}`)
  return [...lines, '  classDef done fill:#d8f0d8'].join('\n')
}

function edges({ steps }: Plan): [string, string][] {
  return [...steps.values()].flatMap((step) =>
    step.needs.map((key): [string, string] => [id(steps.get(key)!), id(step)]),
  )
}

function id({ kind, key }: Step): string {
  return `${kind}_${key.slice(0, 12)}`
}
