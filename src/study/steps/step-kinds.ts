import { type StepKey, stepKey } from '../keys.ts'
import { evaluate } from './kinds/evaluate.ts'
import { prefixTest } from './kinds/prefix-test.ts'
import { prepare } from './kinds/prepare.ts'
import { teach } from './kinds/teach.ts'
import type { Given, StepBase, StepRule } from './step-rule.ts'

/** The kinds of steps. A kind's name is part of its keys and of its folder in the store. */
export const stepKinds = { prepare, teach, evaluate, 'prefix-test': prefixTest } satisfies Readonly<
  Record<string, StepRule<never, object>>
>

export type StepKind = keyof typeof stepKinds

type RuleParts<Kind extends StepKind> =
  (typeof stepKinds)[Kind] extends StepRule<infer Step, infer Result>
    ? { readonly step: Step; readonly result: Result }
    : never

/** A node of the plan of one kind. */
export type StepOf<Kind extends StepKind> = RuleParts<Kind>['step']

/** What `step.json` tells of a finished step of a kind. */
export type ResultOf<Kind extends StepKind> = RuleParts<Kind>['result']

/** One node of the plan. */
export type Step = { readonly [Kind in StepKind]: StepOf<Kind> }[StepKind]

export const stepKindNames = Object.keys(stepKinds) as readonly StepKind[]

/** A kind's rule as all kinds have it: what it is asked about must be of its kind. */
export function ruleOf(kind: StepKind): StepRule<Step, ResultOf<StepKind>> {
  return stepKinds[kind] as unknown as StepRule<Step, ResultOf<StepKind>>
}

/** The node of a step, with the key, label and needs that its kind gives it. */
export function plannedStep<Kind extends StepKind>(kind: Kind, given: Given<StepOf<Kind>>): StepOf<Kind> {
  const rule = stepKinds[kind] as unknown as StepRule<StepOf<Kind>, object>
  const inputs = rule.inputs(given)
  const base: StepBase<Kind> = {
    key: stepKey(kind, rule.version, inputs),
    kind,
    label: rule.label(given),
    needs: rule.needs(given),
    inputs,
  }
  return { ...given, ...base } as unknown as StepOf<Kind>
}

/** Everything that a step reads: what it needs, and what is finished with that. */
export function readBy(step: Step): readonly StepKey[] {
  return [...new Set([...step.needs, ...(ruleOf(step.kind).reads?.(step) ?? [])])]
}
