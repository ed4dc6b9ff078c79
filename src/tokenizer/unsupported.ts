import { Fault } from '../base/fault.ts'

/**
 * A tokenizer of a kind that this program does not have.
 *
 * A model knows the tokens that it was trained on, so that another model's tokenizer is no way out.
 *
 * @param what the tokenizer, for the message
 * @param className its class in transformers, as far as the folder says
 * @param kind what it is
 */
export function unsupportedTokenizer(what: string, className: string | undefined, kind: string | undefined): Fault {
  const known = className === undefined ? kind : kind === undefined ? className : `${className} (${kind})`
  return new Fault(
    `Cannot use ${what} as it is ${known}, which is not supported, and a model knows only its own tokens: start from a ` +
      'model with a tokenizer like that of T5, Flan-T5, mT5 (a Unigram spiece.model or tokenizer.json) or ByT5',
  )
}
