/**
 * A model's card for what was made of the model: `library_name` is transformers.js, and in the place of the example in Python, or
 * after all else where a card has none of ours, stands one in JavaScript.
 *
 * @param card Markdown, with the hub's front matter or without
 * @param example as {@link browserExample} gives it
 */
export function browserCard(card: string, example: string): string {
  const named = withLibrary(card)
  if (ownExample.test(named)) return named.replace(ownExample, () => example)
  return `${named.trimEnd()}\n\n## With transformers.js\n\n${example}\n`
}

/**
 * How a model is asked in JavaScript.
 *
 * @param prefix stands before every source
 * @param hasTokenizer ByT5 has none there
 */
export function browserExample(prefix: string, hasTokenizer: boolean): string {
  if (!hasTokenizer)
    return `transformers.js has no tokenizer for ByT5: give it token ids, which are bytes + 3, and a 1 at the end.`
  return `\`\`\`js
import { AutoModelForSeq2SeqLM, AutoTokenizer } from '@huggingface/transformers'

const tokenizer = await AutoTokenizer.from_pretrained('DIR')
const model = await AutoModelForSeq2SeqLM.from_pretrained('DIR', { dtype: 'q8' })
const output = await model.generate({ ...(await tokenizer(${JSON.stringify(`${prefix}…`)})) })
const [answer] = tokenizer.batch_decode(output, { skip_special_tokens: true })
\`\`\`

\`DIR\` is the model's name on the hub, or that of its folder in \`env.localModelPath\`; \`dtype\` is \`'q8'\` for 8 bits or \`'fp32'\`.`
}

/** What our own cards say of Python and of this program, neither of which opens ONNX. */
const ownExample = /```python\nfrom transformers import [\s\S]*?\n```(?:\n\n```sh\nreteach predict [\s\S]*?\n```)?/u

function withLibrary(card: string): string {
  const found = /^(\ufeff?---\r?\n)([\s\S]*?\r?\n)?(---\s*?(?:\r?\n|$))/u.exec(card)
  if (found === null) return `---\n${ownLibrary}\n---\n\n${card}`
  const [all, begin, within = '', end] = found
  const line = /^library_name:.*?(?=\r?$)/mu
  const named = line.test(within) ? within.replace(line, ownLibrary) : `${ownLibrary}\n${within}`
  return `${begin}${named}${end}${card.slice(all.length)}`
}

const ownLibrary = 'library_name: transformers.js'
