import type { JsonNode } from '../parts/json-node.ts'
import type { TruncationSide } from '../parts/truncation.ts'
import {
  entries,
  flaggedToken,
  mostExtraIds,
  nodeOf,
  plainToken,
  type SettingsFiles,
  truncationSide,
} from '../settings.ts'
import type { AddedToken } from '../tokenizer.ts'

/** A special token as the files write it: by its text alone, or with flags. */
export type SpecialToken = string | AddedToken

/** What the files of a folder say about a tokenizer that transformers runs in Python. */
export interface SlowSettings {
  /** Name of the tokenizer's file, for messages. */
  readonly origin?: string
  /** `eos_token`, `pad_token` and the like by name. */
  readonly special?: ReadonlyMap<string, SpecialToken>
  readonly additional?: readonly SpecialToken[] | undefined
  /** Special tokens that the file gives names of its own. */
  readonly named?: readonly SpecialToken[]
  readonly added?: readonly (readonly [id: number, token: AddedToken])[]
  readonly extraIds?: number | undefined
  /** Whether text behind an added token is cut like the start of a text. @default true */
  readonly legacy?: boolean
  /** @default true */
  readonly addPrefixSpace?: boolean
  /** Whether added tokens inside a text are cut like text. @default false */
  readonly splitSpecialTokens?: boolean
  readonly cleanUpSpaces?: boolean
  /** The end at which texts are cut. @default 'right' */
  readonly truncationSide?: TruncationSide
}

/** The named special tokens in the order in which transformers adds them. */
export const specialAttributes = [
  'bos_token',
  'eos_token',
  'unk_token',
  'sep_token',
  'pad_token',
  'cls_token',
  'mask_token',
] as const

/**
 * Reads the settings of a folder whose tokenizer has no tokenizer.json.
 *
 * Since 4.34 transformers writes `added_tokens_decoder` into tokenizer_config.json, which then says everything. Before,
 * added_tokens.json had the added tokens and special_tokens_map.json the last word on special ones.
 *
 * @throws {Fault} naming the file when it is no JSON, and the field that is of the wrong type
 * Source: `PreTrainedTokenizerBase._from_pretrained` in transformers 4.57.
 */
export function slowSettings(files: SettingsFiles): SlowSettings {
  const config = nodeOf(files.tokenizerConfig)
  const decoder = config?.optional('added_tokens_decoder')
  const tokens = decoder === undefined ? tokensOfOldFiles(config, files) : tokensOfDecoder(config!, decoder)
  const flag = (field: string): boolean | undefined => config?.optional(field)?.boolean()
  const extraIds = config?.optional('extra_ids')
  const count = extraIds?.count()
  if (count !== undefined && count > mostExtraIds) {
    throw extraIds!.fault(`${extraIds!.path} is ${count}, more than ${mostExtraIds}`)
  }
  const named = config?.optional('extra_special_tokens')
  return {
    ...tokens,
    named: named === undefined || Array.isArray(named.value) ? [] : entries(named).map(([, node]) => special(node)),
    extraIds: count,
    legacy: flag('legacy') ?? true,
    addPrefixSpace: flag('add_prefix_space') ?? true,
    splitSpecialTokens: flag('split_special_tokens') ?? false,
    cleanUpSpaces: flag('clean_up_tokenization_spaces') ?? false,
    truncationSide: truncationSide(config) ?? 'right',
  }
}

type Tokens = Pick<SlowSettings, 'special' | 'additional' | 'added'>

function tokensOfDecoder(config: JsonNode, decoder: JsonNode): Tokens {
  const added = entries(decoder)
    .filter(([id]) => /^\d{1,9}$/.test(id))
    .map(([id, node]) => [Number(id), flaggedToken(node)] as const)
  const byContent = new Map(added.map(([, token]) => [token.content, token]))
  // A named special token has the flags of the added token of that text.
  const known = (token: SpecialToken): SpecialToken => byContent.get(contentOf(token)) ?? token
  const named = [...namedSpecials(config)].map(([name, token]) => [name, known(token)] as const)
  return { special: new Map(named), additional: additionalOf(config), added }
}

function tokensOfOldFiles(config: JsonNode | undefined, files: SettingsFiles): Tokens {
  const map = nodeOf(files.specialTokensMap)
  const named = new Map([...namedSpecials(config), ...namedSpecials(map)])
  const fromConfig = additionalOf(config)
  const fromMap = additionalOf(map)
  const additional = fromMap === undefined ? fromConfig : [...(fromConfig ?? [])]
  if (fromMap !== undefined) {
    for (const token of fromMap) if (!additional!.some((one) => isSame(one, token))) additional!.push(token)
  }
  const contents = new Set([...named.values(), ...(additional ?? [])].map(contentOf))
  const added = entries(nodeOf(files.addedTokens)).map(
    ([content, id]) => [id.count(), plainToken(content, contents.has(content))] as const,
  )
  return { special: named, additional, added }
}

function namedSpecials(node: JsonNode | undefined): Map<string, SpecialToken> {
  const found = new Map<string, SpecialToken>()
  for (const name of specialAttributes) {
    const token = node?.optional(name)
    if (token !== undefined) found.set(name, special(token))
  }
  return found
}

function additionalOf(node: JsonNode | undefined): SpecialToken[] | undefined {
  return node?.optional('additional_special_tokens')?.list().map(special)
}

function special(node: JsonNode): SpecialToken {
  return typeof node.value === 'string' ? node.string() : flaggedToken(node)
}

/** The text of a special token. */
export function contentOf(token: SpecialToken): string {
  return typeof token === 'string' ? token : token.content
}

function isSame(one: SpecialToken, other: SpecialToken): boolean {
  return typeof one === typeof other && contentOf(one) === contentOf(other)
}
