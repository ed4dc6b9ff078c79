import { type ArgumentKind, type ArgumentKinds, oneOf, refuseArguments } from '../base/fault.ts'
import type { MetricKind, MetricOption } from './metric.ts'

/**
 * @param others options that only programs give, beside those of the kind
 * @throws {Fault} at options that no metric can be made with
 */
export function refuseOptions(options: unknown, kind: Pick<MetricKind, 'options'>, others: ArgumentKinds = {}): void {
  const own = kind.options.map((option) => [option.name, kindOf(option)])
  refuseArguments({ options }, { options: { fields: { ...Object.fromEntries(own), references, ...others } } })
}

const references: ArgumentKind = {
  is: (value) => value === 'var' || (Number.isSafeInteger(value) && Number(value) > 0),
  words: 'a whole number of at least 1, or "var"',
  optional: true,
}

function kindOf(option: MetricOption): ArgumentKind {
  switch (option.type) {
    case 'switch':
      return 'switch?'
    case 'text':
      return 'text?'
    case 'labels':
      return 'texts'
    case 'choice':
      return { ...oneOf(option.choices), optional: true }
    case 'whole': {
      const { least, most = Number.MAX_SAFE_INTEGER } = option
      const is = (value: unknown): boolean =>
        Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most
      return { is, words: `a whole number of ${least} to ${most}`, optional: true }
    }
    case 'number': {
      const is = (value: unknown): boolean => Number.isFinite(value) && Number(value) >= option.least
      return { is, words: `a number of at least ${option.least}`, optional: true }
    }
  }
}
