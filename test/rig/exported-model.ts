import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'

const options = { intraOpNumThreads: 1, logSeverityLevel: 3 as const }

/** ONNX files of a model, run as transformers.js runs them: the encoder once, then the decoder with its cache. */
export class ExportedModel {
  readonly #encoder: InferenceSession
  readonly #decoder: InferenceSession

  private constructor(encoder: InferenceSession, decoder: InferenceSession) {
    this.#encoder = encoder
    this.#decoder = decoder
  }

  /** @param ending of the names of its files, such as `_quantized` */
  static async open(folder: string, ending: string): Promise<ExportedModel> {
    const open = (name: string) => InferenceSession.create(join(folder, `${name}${ending}.onnx`), options)
    return new ExportedModel(await open('encoder_model'), await open('decoder_model_merged'))
  }

  /** The likeliest tokens, up to and with the first 1. Sources are filled with 0 up to the longest. */
  async answers(sources: readonly Int32Array[], maxNewTokens: number): Promise<number[][]> {
    const { mask, hidden } = await this.#encode(sources)
    const answers = sources.map((): number[] => [])
    let cache = this.#emptyCache(sources.length)
    let tokens = sources.map(() => 0)
    for (let length = 0; length < maxNewTokens; length++) {
      const inputs = { input_ids: integers(tokens, [tokens.length, 1]), encoder_attention_mask: mask }
      const outputs = await this.#decoder.run({ ...inputs, encoder_hidden_states: hidden, ...cache })
      tokens = likeliest(outputs.logits!)
      cache = nextCache(outputs, cache)
      for (const [at, answer] of answers.entries()) if (answer.at(-1) !== 1) answer.push(tokens[at]!)
      if (answers.every((answer) => answer.at(-1) === 1)) break
    }
    return answers
  }

  /** Of every token in the first place, source after source. */
  async firstScores(sources: readonly Int32Array[]): Promise<Float32Array> {
    const { mask, hidden } = await this.#encode(sources)
    const inputs = {
      input_ids: integers(
        sources.map(() => 0),
        [sources.length, 1],
      ),
      encoder_attention_mask: mask,
    }
    const cache = this.#emptyCache(sources.length)
    const { logits } = await this.#decoder.run({ ...inputs, encoder_hidden_states: hidden, ...cache })
    return logits!.data as Float32Array
  }

  async #encode(sources: readonly Int32Array[]): Promise<{ mask: Tensor; hidden: Tensor }> {
    const longest = Math.max(...sources.map(({ length }) => length))
    const dims = [sources.length, longest]
    const padded = sources.map((ids) => Array.from({ length: longest }, (_, at) => ids[at]))
    const mask = integers(
      padded.flat().map((id) => (id === undefined ? 0 : 1)),
      dims,
    )
    const ids = integers(
      padded.flat().map((id) => id ?? 0),
      dims,
    )
    const { last_hidden_state: hidden } = await this.#encoder.run({ input_ids: ids, attention_mask: mask })
    return { mask, hidden: hidden as Tensor }
  }

  async release(): Promise<void> {
    await this.#encoder.release()
    await this.#decoder.release()
  }

  /** A symbol other than the batch stands for 0. */
  #emptyCache(batch: number): Record<string, Tensor> {
    const entries = this.#decoder.inputMetadata.flatMap((input) => {
      if (!input.isTensor || !input.name.startsWith('past_')) return []
      const dims = input.shape.map((extent) =>
        typeof extent === 'number' ? extent : extent === 'batch_size' ? batch : 0,
      )
      return [[input.name, new Tensor('float32', new Float32Array(0), dims)]]
    })
    return Object.fromEntries(entries)
  }
}

/** The source's keys and values are those of the first step. */
function nextCache(outputs: InferenceSession.OnnxValueMapType, before: Record<string, Tensor>): Record<string, Tensor> {
  const named = Object.entries(outputs).filter(([name]) => name.startsWith('present'))
  return Object.fromEntries(
    named.map(([name, value]) => {
      const input = name.replace('present', 'past_key_values')
      const isKept = name.includes('encoder') && before[input]!.dims[2] !== 0
      return [input, isKept ? before[input]! : (value as Tensor)]
    }),
  )
}

function likeliest(logits: InferenceSession.OnnxValueMapType[string]): number[] {
  const { data, dims } = logits as Tensor & { readonly data: Float32Array }
  const [batch, , width] = dims as [number, number, number]
  return Array.from({ length: batch }, (_, row) => {
    const scores = data.subarray(row * width, (row + 1) * width)
    return scores.indexOf(Math.max(...scores))
  })
}

function integers(values: readonly number[], dims: readonly number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), [...dims])
}
