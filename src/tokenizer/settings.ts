import { type JsonNode, parseJsonFile } from './parts/json-node.ts'
import type { TruncationSide } from './parts/truncation.ts'
import type { AddedToken, TokenizerSettings } from './tokenizer.ts'

/** The JSON texts beside a spiece.model or tokenizer.json, as far as they exist. */
export interface SettingsFiles {
  readonly tokenizerConfig?: SettingsFile | undefined
  readonly specialTokensMap?: SettingsFile | undefined
  readonly addedTokens?: SettingsFile | undefined
}

/** A file's name, for messages, and its text. */
export interface SettingsFile {
  readonly name: string
  readonly text: string
}

/** The end at which tokenizer_config.json has texts cut; undefined where it does not say. */
export function truncationSide(config: JsonNode | undefined): TruncationSide | undefined {
  const node = config?.optional('truncation_side')
  const side = node?.string()
  if (side === undefined || side === 'left' || side === 'right') return side
  throw node!.unknown('side', side, ['left', 'right'])
}

/** The classes of transformers that give a vocabulary `<extra_id_N>` tokens of their own accord. */
const t5Classes = new Set(['T5Tokenizer', 'T5TokenizerFast', 'MT5Tokenizer', 'MT5TokenizerFast'])

/**
 * What tokenizer_config.json, special_tokens_map.json and added_tokens.json say about special tokens.
 *
 * @throws {Fault} naming the file when it is no JSON, and the field that is of the wrong type
 * Source: `from_pretrained` of T5Tokenizer and T5TokenizerFast in transformers 4.57.
 */
export function tokenizerSettings(files: SettingsFiles): TokenizerSettings {
  const config = nodeOf(files.tokenizerConfig)
  const map = nodeOf(files.specialTokensMap)
  const addedTokens: AddedToken[] = []
  for (const [id, token] of entries(config?.optional('added_tokens_decoder'))) {
    if (/^\d{1,9}$/.test(id)) addedTokens.push({ ...tokenOf(token), id: Number(id) })
  }
  addedTokens.sort((a, b) => a.id! - b.id!)
  // Files of before transformers 4.34 have the added tokens in a file of their own.
  const listed = new Set(addedTokens.map(({ content }) => content))
  for (const [content, id] of entries(nodeOf(files.addedTokens))) {
    if (!listed.has(content)) addedTokens.push({ ...plainToken(content, false), id: id.count() })
  }
  const additional = config?.optional('additional_special_tokens') ?? map?.optional('additional_special_tokens')
  const additionalTokens = additional?.list().map(tokenOf) ?? []
  for (const token of additionalTokens) {
    const known = addedTokens.findIndex(({ content }) => content === token.content)
    if (known === -1) addedTokens.push(token)
    else addedTokens[known] = { ...addedTokens[known]!, special: true }
  }
  const name = (field: string): string | undefined => {
    const node = config?.optional(field) ?? map?.optional(field)
    return node === undefined ? undefined : tokenOf(node).content
  }
  const eosToken = name('eos_token')
  const padToken = name('pad_token')
  const unkToken = name('unk_token')
  const named = additionalTokens.filter(({ content }) => content.includes('<extra_id_')).length
  const className = tokenizerClass(files)
  const isT5 = t5Classes.has(className ?? '')
  // Other classes do not know the field; without a class the model's counts.
  const asked = isT5 || className === undefined ? config?.optional('extra_ids') : undefined
  const side = truncationSide(config)
  const extraIds = named || (asked?.count() ?? (isT5 ? standardExtraIds : undefined))
  if (extraIds !== undefined && extraIds > mostExtraIds) {
    throw asked!.fault(`${asked!.path} is ${extraIds}, more than ${mostExtraIds}`)
  }
  return {
    ...(className === undefined ? {} : { className }),
    ...(eosToken === undefined ? {} : { eosToken }),
    ...(padToken === undefined ? {} : { padToken }),
    ...(unkToken === undefined ? {} : { unkToken }),
    ...(extraIds === undefined ? {} : { extraIds }),
    ...(side === undefined ? {} : { truncationSide: side }),
    splitSpecialTokens: config?.optional('split_special_tokens')?.boolean() ?? false,
    cleanUpSpaces: config?.optional('clean_up_tokenization_spaces')?.boolean() ?? false,
    addedTokens,
  }
}

/** The tokenizer's class in transformers, as tokenizer_config.json names it. */
export function tokenizerClass({ tokenizerConfig }: SettingsFiles): string | undefined {
  return nodeOf(tokenizerConfig)?.optional('tokenizer_class')?.string()
}

const standardExtraIds = 100

/** Keeps a broken file from asking for millions of tokens. */
export const mostExtraIds = 65_536

/** The file as parsed, undefined when it is not there. */
export function nodeOf(file: SettingsFile | undefined): JsonNode | undefined {
  return file && parseJsonFile(file.text, file.name)
}

/** The fields of an object, none when it is not there. */
export function entries(node: JsonNode | undefined): [string, JsonNode][] {
  return node === undefined ? [] : node.keys().map((key) => [key, node.get(key)])
}

/** A token of which only the text is known. */
export function plainToken(content: string, special: boolean): AddedToken {
  return { content, special, singleWord: false, lstrip: false, rstrip: false, normalized: !special }
}

/** A token that is written as a text or as an object with its flags. */
function tokenOf(node: JsonNode): AddedToken {
  return typeof node.value === 'string' ? plainToken(node.string(), true) : flaggedToken(node)
}

/** A token that is written as an object with its flags; one that is not said is false, `normalized` of special ones too. */
export function flaggedToken(node: JsonNode): AddedToken {
  const flag = (field: string, standard: boolean): boolean => node.optional(field)?.boolean() ?? standard
  const special = flag('special', false)
  return {
    content: node.get('content').string(),
    special,
    singleWord: flag('single_word', false),
    lstrip: flag('lstrip', false),
    rstrip: flag('rstrip', false),
    normalized: flag('normalized', !special),
  }
}
