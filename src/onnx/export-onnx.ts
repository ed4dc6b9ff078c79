import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fillFolderAtomic, writeFileAtomic, writeJsonFile } from '../base/atomic-file.ts'
import { parseSmallJson } from '../base/bounds/small-file.ts'
import { makeFolder } from '../base/make-folder.ts'
import type { NoticeListener } from '../base/notice.ts'
import { flushFolder } from '../content/flush-folder.ts'
import { writeConfig } from '../pretrained/families.ts'
import { fastTokenizerFile } from '../pretrained/fast-tokenizer-file.ts'
import { configFile, generationFile } from '../pretrained/model-files.ts'
import { openModel } from '../pretrained/open-model.ts'
import { generationConfig } from '../pretrained/save-model.ts'
import { loadTokenizer, settingsFileNames } from '../pretrained/tokenizer-folder.ts'
import { browserCard, browserExample } from './browser-card.ts'
import { type OnnxKind, onnxGraphs } from './onnx-graphs.ts'
import { type WriteOptions, writeOnnxFiles } from './write-onnx-files.ts'

export interface OnnxExportOptions extends WriteOptions {
  /** @default both */
  readonly kinds?: readonly OnnxKind[]
  readonly onNotice?: NoticeListener
}

/** Both kinds, float32 first. */
export const allOnnxKinds: readonly OnnxKind[] = ['fp32', 'q8']

/**
 * Writes a model's folder as transformers.js opens it: `onnx/` with encoder and decoder in float32 and quantised to 8 bits,
 * `tokenizer.json`, configuration and card. The folder is there whole or not at all.
 *
 * @param from a model's folder
 * @param place must not be there, but for an empty folder or a link to one
 * @throws {Fault} when the model cannot be read, or `place` cannot be written
 */
export async function exportOnnx(from: string, place: string, options: OnnxExportOptions = {}): Promise<void> {
  await fillFolderAtomic(place, async (folder) => {
    makeFolder(join(folder, 'onnx'))
    await writeFolder(from, folder, options)
    flushFolder(folder)
  })
}

async function writeFolder(from: string, folder: string, options: OnnxExportOptions): Promise<void> {
  const { kinds = allOnnxKinds, onNotice = () => {} } = options
  const model = await openModel(from)
  let tokenizer: string | undefined
  try {
    tokenizer = checkedTokenizer(from)
    for (const warning of model.warnings) onNotice(warning)
    const files = [...onnxGraphs(model.architecture, kinds)].map(([name, graph]) => {
      return { path: join(folder, 'onnx', `${name}.onnx`), graph }
    })
    const large = await writeOnnxFiles(model, files, options)
    writeConfig(join(folder, configFile), browserConfig(model.architecture.savedConfig(), large))
    copyOr(from, folder, generationFile, () => generationConfig(model.architecture))
  } finally {
    model.close()
  }
  for (const name of ['reteach.json', ...settingsFileNames]) copyIfThere(from, folder, name)
  writeCard(from, folder, tokenizer !== undefined)
  writeTokenizer(from, folder, tokenizer, onNotice)
}

function writeCard(from: string, folder: string, hasTokenizer: boolean): void {
  const path = join(from, cardName)
  if (!existsSync(path)) return
  const { prefix } = parseSmallJson(join(from, configFile)) as { readonly prefix?: unknown }
  const example = browserExample(typeof prefix === 'string' ? prefix : '', hasTokenizer)
  writeFileAtomic(join(folder, cardName), browserCard(readFileSync(path, 'utf8'), example))
}

const cardName = 'README.md'

/** The text of `tokenizer.json`, read before what takes long, as its faults are. */
function checkedTokenizer(from: string): string | undefined {
  loadTokenizer(from)
  return fastTokenizerFile(from)
}

/** transformers.js knows no umT5, whose graphs it runs as an mT5's, and is told which models have a second file. */
function browserConfig(config: Record<string, unknown>, large: readonly string[]): Record<string, unknown> {
  const isForeign = config.model_type === 'umt5'
  const known = isForeign ? { model_type: 'mt5', architectures: ['MT5ForConditionalGeneration'] } : {}
  const counts = Object.fromEntries(large.map((path) => [path.slice(path.lastIndexOf('/') + 1), 1]))
  const own = large.length === 0 ? {} : { 'transformers.js_config': { use_external_data_format: counts } }
  return { ...config, ...known, ...own }
}

function writeTokenizer(from: string, folder: string, text: string | undefined, onNotice: NoticeListener): void {
  if (text === undefined) {
    onNotice('transformers.js has no tokenizer for ByT5: give it token ids, which are bytes + 3')
    return
  }
  if (hasByteFallback(text)) {
    onNotice('transformers.js has no bytes for characters that the vocabulary lacks: it takes them for unknown')
  }
  writeFileAtomic(join(folder, 'tokenizer.json'), text)
  writeJsonFile(join(folder, 'tokenizer_config.json'), tokenizerConfig(from))
}

function hasByteFallback(text: string): boolean {
  return (JSON.parse(text) as { model?: { byte_fallback?: unknown } }).model?.byte_fallback === true
}

/** Where it says `add_prefix_space`, transformers makes the tokenizer anew of `spiece.model`, which is not in the folder. */
function tokenizerConfig(from: string): object {
  const path = join(from, 'tokenizer_config.json')
  if (!existsSync(path)) return { tokenizer_class: 'T5Tokenizer' }
  const { add_prefix_space: _, ...config } = parseSmallJson(path) as Record<string, unknown>
  return config
}

function copyOr(from: string, folder: string, name: string, make: () => object): void {
  if (!copyIfThere(from, folder, name)) writeJsonFile(join(folder, name), make())
}

function copyIfThere(from: string, folder: string, name: string): boolean {
  const isThere = existsSync(join(from, name))
  if (isThere) copyFileSync(join(from, name), join(folder, name))
  return isThere
}
