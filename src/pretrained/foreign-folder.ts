import { Fault } from '../base/fault.ts'
import { weightSet } from './model-files.ts'

/**
 * Refuses a folder that holds a part of a model, or a model of another program, and says how a folder is made of it.
 *
 * @param names of its files
 * @param written the folder for the sentence
 * @throws {Fault} when there are no weights of transformers in it, but an adapter or a checkpoint
 */
export function refuseForeignFolder(names: readonly string[], written: string): void {
  if (weightSet(names) !== undefined) return
  const adapter = names.some((name) => /^adapter_(?:config\.json|model\.(?:safetensors|bin))$/u.test(name))
  if (adapter) {
    throw new Fault(
      `Cannot use "${written}" as it holds a PEFT adapter and not a whole model: in Python load it with AutoPeftModelForSeq2SeqLM.from_pretrained, then merge_and_unload() and save_pretrained to a new folder, the tokenizer too`,
    )
  }
  const checkpoint = names.find((name) => /\.(?:ckpt|pt|pth)$/u.test(name))
  if (checkpoint === undefined) return
  const what = checkpoint.endsWith('.ckpt') ? 'a checkpoint of Lightning' : 'a file of torch'
  throw new Fault(
    `Cannot use "${written}" as it holds ${what} ("${checkpoint}") and not a folder of transformers: in Python load it and call save_pretrained of the model inside, and of its tokenizer`,
  )
}
