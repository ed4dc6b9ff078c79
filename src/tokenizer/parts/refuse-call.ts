import { isListOf, mayHoldNumbers, refuseArguments } from '../../base/fault.ts'

/** @throws {Fault} at what is no text, or an option that encode() does not have */
export function refuseEncode(text: string, options: object): void {
  refuseArguments({ text, options }, encodeKinds)
}

/** @throws {Fault} at what are no ids, or an option that decode() does not have */
export function refuseDecode(ids: ArrayLike<number>, options: object): void {
  refuseArguments({ ids, options }, decodeKinds)
}

const isNumber = (value: unknown): boolean => typeof value === 'number'

const encodeKinds = {
  text: 'text',
  options: { fields: { maxLength: { is: isNumber, words: 'a number', optional: true }, addEos: 'switch?' } },
} as const

// Also numbers that are no ids are left out.
const decodeKinds = {
  ids: { is: isListOf(isNumber, mayHoldNumbers), words: 'a list of ids' },
  options: { fields: { skipSpecialTokens: 'switch?' } },
} as const
