import { type ArgumentTest, isListOf } from '../base/fault.ts'
import { type GenerationName, generationRow } from './generation.ts'

/** What a setting of generation may be, and how that is called. */
export function generationValue(name: GenerationName): ArgumentTest {
  const { value } = generationRow(name)
  switch (value.type) {
    case 'whole':
      return {
        is: (found) => Number.isSafeInteger(found) && Number(found) >= value.least,
        words: `a whole number of at least ${value.least}`,
      }
    case 'number': {
      const { above = Number.NEGATIVE_INFINITY } = value
      const is = (found: unknown): boolean => Number.isFinite(found) && Number(found) > above
      return { is, words: value.above === undefined ? 'a number' : `a number above ${above}` }
    }
    case 'stopping':
      return { is: (found) => typeof found === 'boolean' || found === 'never', words: 'true, false or "never"' }
    case 'id':
      return { is: isTokenId, words: 'a token id' }
    case 'ids':
      return { is: isListOf(isTokenId), words: 'a list of token ids' }
    case 'id-or-ids':
      return { is: (found) => isTokenId(found) || isRun(found), words: 'a token id or a list of them' }
    case 'runs':
      return { is: isListOf(isRun), words: 'a list of lists of token ids' }
  }
}

export function isTokenId(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isRun(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && isListOf(isTokenId)(value)
}
