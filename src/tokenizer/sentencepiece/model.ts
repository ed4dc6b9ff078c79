import protobuf from 'protobufjs'
import { onOneLine } from '../../base/bounds/one-line.ts'
import { Fault } from '../../base/fault.ts'
import { type PrecompiledCharsmap, parsePrecompiledCharsmap } from '../parts/precompiled-charsmap.ts'
import { utf8Decode } from '../parts/utf8.ts'

/** The numbers of `ModelProto.SentencePiece.Type`. */
export const pieceType = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const

export interface SentencePieceNormalizerSpec {
  readonly charsmap: PrecompiledCharsmap | undefined
  /** As the file has it; empty where there is none. */
  readonly charsmapBytes: Uint8Array
  readonly addDummyPrefix: boolean
  readonly removeExtraWhitespaces: boolean
  readonly escapeWhitespaces: boolean
}

/** A checked SentencePiece Unigram model. Pieces are kept as bytes, as they are in the file. */
export interface SentencePieceModel {
  readonly pieces: readonly Uint8Array[]
  /** The pieces as texts. */
  readonly names: readonly string[]
  readonly scores: Float32Array
  readonly types: Uint8Array
  readonly byteFallback: boolean
  readonly whitespaceIsSuffix: boolean
  readonly unkSurface: Uint8Array | undefined
  /** Names that the trainer gave to `<unk>`, `</s>` and `<pad>`. */
  readonly unkPiece: string
  readonly eosPiece: string
  readonly padPiece: string
  readonly normalizer: SentencePieceNormalizerSpec
  readonly denormalizer: SentencePieceNormalizerSpec | undefined
}

/**
 * The fields of sentencepiece_model.proto that encoding and decoding need, with that file's names and numbers. Texts
 * are declared as bytes, which are the same on the wire, so that a piece that is not UTF-8 is not changed. In proto2 a
 * `false` in the file is not a missing field, whose default may be true.
 */
const schema = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      edition: 'proto2',
      fields: {
        pieces: { rule: 'repeated', type: 'SentencePiece', id: 1 },
        trainerSpec: { type: 'TrainerSpec', id: 2 },
        normalizerSpec: { type: 'NormalizerSpec', id: 3 },
        denormalizerSpec: { type: 'NormalizerSpec', id: 5 },
      },
      nested: {
        SentencePiece: {
          fields: {
            piece: { type: 'bytes', id: 1 },
            score: { type: 'float', id: 2 },
            type: { type: 'int32', id: 3, options: { default: 1 } },
          },
        },
      },
    },
    TrainerSpec: {
      edition: 'proto2',
      fields: {
        modelType: { type: 'int32', id: 3, options: { default: 1 } },
        treatWhitespaceAsSuffix: { type: 'bool', id: 24 },
        byteFallback: { type: 'bool', id: 35 },
        unkSurface: { type: 'bytes', id: 44 },
        unkPiece: { type: 'bytes', id: 45 },
        eosPiece: { type: 'bytes', id: 47 },
        padPiece: { type: 'bytes', id: 48 },
      },
    },
    NormalizerSpec: {
      edition: 'proto2',
      fields: {
        precompiledCharsmap: { type: 'bytes', id: 2 },
        addDummyPrefix: { type: 'bool', id: 3, options: { default: true } },
        removeExtraWhitespaces: { type: 'bool', id: 4, options: { default: true } },
        escapeWhitespaces: { type: 'bool', id: 5, options: { default: true } },
      },
    },
  },
}).lookupType('ModelProto')

interface NormalizerMessage {
  readonly precompiledCharsmap: Uint8Array
  readonly addDummyPrefix: boolean
  readonly removeExtraWhitespaces: boolean
  readonly escapeWhitespaces: boolean
}

/** A decoded message answers a field that the file leaves out with its default, a message with null. */
interface ModelMessage {
  readonly pieces: readonly { readonly piece: Uint8Array; readonly score: number; readonly type: number }[]
  readonly trainerSpec: {
    readonly modelType: number
    readonly treatWhitespaceAsSuffix: boolean
    readonly byteFallback: boolean
    readonly unkSurface: Uint8Array
    readonly unkPiece: Uint8Array
    readonly eosPiece: Uint8Array
    readonly padPiece: Uint8Array
  } | null
  readonly normalizerSpec: NormalizerMessage | null
  readonly denormalizerSpec: NormalizerMessage | null
}

const longestPiece = 8000
const modelTypes = ['unknown', 'Unigram', 'BPE', 'word', 'character']

/**
 * Reads the protobuf of a spiece.model.
 *
 * @param origin the file's name, for messages
 * @throws {Fault} when the file is cut or broken, is no Unigram model, or breaks a rule that sentencepiece checks
 */
export function parseSentencePieceModel(bytes: Uint8Array, origin: string): SentencePieceModel {
  let message: ModelMessage
  try {
    message = schema.decode(bytes) as unknown as ModelMessage
  } catch (error) {
    const reason = onOneLine((error as Error).message, 120)
    throw new Fault(
      `Cannot read "${origin}" as it is no SentencePiece model or is cut (${reason}): get the file again`,
      undefined,
      { cause: error },
    )
  }
  const broken = (why: string): Fault =>
    new Fault(`Cannot use the SentencePiece model "${origin}" as ${onOneLine(why, 200)}: get the file again`)
  const trainer = message.trainerSpec
  const modelType = trainer?.modelType ?? 1
  // An enum value that the schema does not know counts as the default, here and in a piece's type.
  if (modelType >= 2 && modelType <= 4) {
    throw new Fault(
      `Cannot use the SentencePiece model "${origin}" as it is a ${modelTypes[modelType]} model: T5 needs a Unigram model`,
    )
  }
  const source = message.pieces
  if (source.length === 0) throw broken('it has no pieces')
  const byteFallback = trainer?.byteFallback ?? false
  const pieces: Uint8Array[] = []
  const scores = new Float32Array(source.length)
  const types = new Uint8Array(source.length)
  source.forEach((entry, id) => {
    const { piece, score, type } = entry
    const isNul = piece.length === 1 && piece[0] === 0
    // Some converters add the NUL character beside "<0x00>"; sentencepiece sets it aside as well.
    const kept = isNul && byteFallback ? pieceType.unused : type >= 1 && type <= 6 ? type : pieceType.normal
    if (piece.length === 0) throw broken(`piece ${id} is empty`)
    if (piece.length >= longestPiece) throw broken(`piece ${id} has ${piece.length} bytes`)
    if (piece.includes(0) && !(isNul && kept === pieceType.unused)) throw broken(`piece ${id} has a NUL character`)
    if (!Number.isFinite(score)) throw broken(`the score of piece ${id} is no finite number`)
    pieces.push(piece)
    scores[id] = score
    types[id] = kept
  })
  const names = pieces.map(utf8Decode)
  checkPieces(pieces, names, types, byteFallback, broken)
  const name = (value: Uint8Array | undefined, standard: string): string =>
    value === undefined || value.length === 0 ? standard : utf8Decode(value)
  const { denormalizerSpec } = message
  return {
    pieces,
    names,
    scores,
    types,
    byteFallback,
    whitespaceIsSuffix: trainer?.treatWhitespaceAsSuffix ?? false,
    unkSurface: trainer !== null && Object.hasOwn(trainer, 'unkSurface') ? trainer.unkSurface : undefined,
    unkPiece: name(trainer?.unkPiece, '<unk>'),
    eosPiece: name(trainer?.eosPiece, '</s>'),
    padPiece: name(trainer?.padPiece, '<pad>'),
    normalizer: normalizerSpec(message.normalizerSpec, origin),
    denormalizer:
      denormalizerSpec === null || denormalizerSpec.precompiledCharsmap.length === 0
        ? undefined
        : normalizerSpec(denormalizerSpec, origin),
  }
}

function normalizerSpec(message: NormalizerMessage | null, origin: string): SentencePieceNormalizerSpec {
  const blob = message?.precompiledCharsmap
  return {
    charsmapBytes: blob ?? new Uint8Array(0),
    charsmap: blob === undefined || blob.length === 0 ? undefined : parsePrecompiledCharsmap(blob, origin),
    addDummyPrefix: message?.addDummyPrefix ?? true,
    removeExtraWhitespaces: message?.removeExtraWhitespaces ?? true,
    escapeWhitespaces: message?.escapeWhitespaces ?? true,
  }
}

/** The rules between pieces: no name twice, one unknown piece, all 256 bytes or none. */
function checkPieces(
  pieces: readonly Uint8Array[],
  names: readonly string[],
  types: Uint8Array,
  byteFallback: boolean,
  broken: (why: string) => Fault,
): void {
  const surface = new Set<string>()
  const reserved = new Set<string>()
  const bytesFound = new Set<number>()
  let unknowns = 0
  let surfacePieces = 0
  pieces.forEach((piece, id) => {
    const type = types[id]!
    if (type === pieceType.unused && piece.length === 1 && piece[0] === 0) return
    // What is not UTF-8 is told apart by its bytes.
    const text = names[id]!.includes('\ufffd') ? latin1(piece) : names[id]!
    const isSurface = type === pieceType.normal || type === pieceType.userDefined || type === pieceType.unused
    const known = isSurface ? surface : reserved
    if (known.has(text)) throw broken(`the piece "${names[id]}" comes twice`)
    known.add(text)
    if (isSurface) surfacePieces++
    if (type === pieceType.unknown) unknowns++
    if (type === pieceType.byte) {
      const byte = byteOfPiece(piece)
      if (byte === undefined) throw broken(`"${names[id]}" is no byte piece`)
      if (!byteFallback) throw broken(`it has the byte piece "${names[id]}" but no byte fallback`)
      bytesFound.add(byte)
    }
  })
  if (unknowns > 1) throw broken('it has two unknown pieces')
  if (unknowns === 0 && !byteFallback) throw broken('it has no unknown piece')
  if (byteFallback && bytesFound.size < 256) {
    throw broken(`it has ${bytesFound.size} of the 256 byte pieces that byte fallback needs`)
  }
  if (surfacePieces === 0) throw broken('it has no pieces that text could be cut into')
}

/** A string that is different for different bytes, also for bytes that are not UTF-8. */
function latin1(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

const hexDigits = /^<0x([0-9A-F]{2})>$/

/** The byte that `<0x41>` stands for. */
export function byteOfPiece(piece: Uint8Array): number | undefined {
  const digits = piece.length === 6 ? hexDigits.exec(latin1(piece))?.[1] : undefined
  return digits === undefined ? undefined : Number.parseInt(digits, 16)
}
