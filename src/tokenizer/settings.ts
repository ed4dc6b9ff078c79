import { type JsonNode, parseJsonFile } from './parts/json-node.ts'
import type { AddedToken, TokenizerSettings } from './tokenizer.ts'

/** The JSON texts beside a spiece.model or tokenizer.json, as far as they exist. */
export interface SettingsFiles {
  readonly tokenizerConfig?: SettingsFile | undefined
  readonly specialTokensMap?: SettingsFile | undefined
  readonly addedTokens?: SettingsFile | undefined
}

interface SettingsFile {
  readonly name: string
  readonly text: string
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
  const isT5 = t5Classes.has(config?.optional('tokenizer_class')?.string() ?? '')
  const asked = config?.optional('extra_ids')
  const extraIds = named || (asked?.count() ?? (isT5 ? standardExtraIds : undefined))
  if (extraIds !== undefined && extraIds > mostExtraIds) {
    throw asked!.fault(`${asked!.path} is ${extraIds}, more than ${mostExtraIds}`)
  }
  return {
    ...(eosToken === undefined ? {} : { eosToken }),
    ...(padToken === undefined ? {} : { padToken }),
    ...(unkToken === undefined ? {} : { unkToken }),
    ...(extraIds === undefined ? {} : { extraIds }),
    cleanUpSpaces: config?.optional('clean_up_tokenization_spaces')?.boolean() ?? false,
    addedTokens,
  }
}

const standardExtraIds = 100

/** Keeps a broken file from asking for millions of tokens. */
const mostExtraIds = 65_536

function nodeOf(file: SettingsFile | undefined): JsonNode | undefined {
  return file && parseJsonFile(file.text, file.name)
}

function entries(node: JsonNode | undefined): [string, JsonNode][] {
  return node === undefined ? [] : node.keys().map((key) => [key, node.get(key)])
}

function plainToken(content: string, special: boolean): AddedToken {
  return { content, special, singleWord: false, lstrip: false, rstrip: false, normalized: !special }
}

/** A token that is written as a text or as an object with its flags. */
function tokenOf(node: JsonNode): AddedToken {
  if (typeof node.value === 'string') return plainToken(node.string(), true)
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
