/** What is called otherwise here, and under which key of a task it stands; or why there is nothing like it. */
type OurName = { readonly is: string; readonly under?: string } | { readonly none: string }

const float32: OurName = { none: 'lessons are taught in float32' }
const saved: OurName = { none: 'the state of a lesson is saved as it goes on, and "weights" says what stays' }
const logged: OurName = { none: 'every update is in the log of its lesson, and "figures" draws it' }
const oneProcess: OurName = { none: 'a lesson is taught by one process' }
const onProcessor: OurName = { is: 'device: cpu', under: 'teach' }
const drawn: OurName = { none: 'answers are never drawn by chance' }
const chosen: OurName = { none: '"chains" says what is taught and tested' }
const batch: OurName = { is: 'batch', under: 'teach' }
const every: OurName = { is: 'evaluate_every', under: 'teach' }
const byLength: OurName = { is: 'order: length', under: 'teach' }

/** Settings of transformers' Seq2SeqTrainingArguments and its example programs, by their names there. */
const trainerNames: Readonly<Record<string, OurName>> = {
  num_train_epochs: { is: 'epochs', under: 'teach' },
  num_epochs: { is: 'epochs', under: 'teach' },
  max_steps: { is: 'steps', under: 'teach' },
  lr: { is: 'learning_rate', under: 'teach' },
  per_device_train_batch_size: batch,
  per_gpu_train_batch_size: batch,
  train_batch_size: batch,
  batch_size: batch,
  per_device_eval_batch_size: { is: 'batch', under: 'generate' },
  eval_batch_size: { is: 'batch', under: 'generate' },
  gradient_accumulation_steps: {
    none: '"batch" counts the examples of an update, and "micro_batch" those of one pass',
  },
  auto_find_batch_size: { none: 'the size of a pass is chosen to fit the memory, or is "micro_batch"' },
  lr_scheduler_type: { is: 'schedule', under: 'teach' },
  lr_scheduler: { is: 'schedule', under: 'teach' },
  lr_scheduler_kwargs: { none: '"num_cycles", "power", "lr_end" and "timescale" stand beside "schedule"' },
  optim: { is: 'optimizer', under: 'teach' },
  label_smoothing_factor: { is: 'label_smoothing', under: 'teach' },
  dropout_rate: { is: 'dropout', under: 'teach' },
  gradient_checkpointing: { none: '"micro_batch" saves memory' },
  group_by_length: byLength,
  sortish_sampler: byLength,
  load_best_model_at_end: { is: 'keep: best', under: 'teach' },
  metric_for_best_model: { is: 'best_by', under: 'teach' },
  greater_is_better: { none: 'each score knows which way is better' },
  evaluation_strategy: every,
  eval_strategy: every,
  eval_steps: every,
  eval_accumulation_steps: { none: 'the answers of a task are held in memory as texts' },
  run_name: { none: '"study" names the study, and a chain may have a "name"' },
  hub_model_id: { none: 'a taught folder can be loaded by transformers, which pushes it' },
  dataloader_drop_last: { none: 'the last batch of an epoch is taught, however small' },
  early_stopping_patience: { is: 'stop_after', under: 'teach' },
  patience: { is: 'stop_after', under: 'teach' },
  early_stopping: { is: 'stop_after', under: 'teach' },
  early_stopping_threshold: { is: 'min_delta', under: 'teach' },
  predict_with_generate: { none: 'answers are always generated, and "evaluate_rows" says how many during a lesson' },
  generation_max_length: { is: 'max_length', under: 'generate' },
  generation_num_beams: { is: 'num_beams', under: 'generate' },
  generation_config: { none: '"generate" says how answers are written, and "from" there takes what a start says' },
  beams: { is: 'num_beams', under: 'generate' },
  eval_beams: { is: 'num_beams', under: 'generate' },
  num_return_sequences: { none: 'a row is scored by its best answer' },
  do_sample: drawn,
  temperature: drawn,
  top_k: drawn,
  top_p: drawn,
  max_source_length: { is: 'source', under: 'limits' },
  max_input_length: { is: 'source', under: 'limits' },
  max_target_length: { is: 'target', under: 'limits' },
  val_max_target_length: { is: 'max_length', under: 'generate' },
  source_prefix: { is: 'prefix' },
  data_seed: { is: 'seed', under: 'teach' },
  train_file: { is: 'train', under: 'data' },
  validation_file: { is: 'validation', under: 'data' },
  test_file: { is: 'test', under: 'data' },
  dataset_name: { is: 'hub', under: 'data' },
  dataset_config_name: { is: 'config', under: 'data' },
  max_train_samples: { is: 'take', under: 'data' },
  text_column: { is: 'source' },
  summary_column: { is: 'target' },
  model_name_or_path: { none: '"starts" names models, and "chains" where each begins' },
  fp16: float32,
  bf16: float32,
  tf32: float32,
  fp16_full_eval: float32,
  bf16_full_eval: float32,
  half_precision_backend: float32,
  save_strategy: saved,
  save_steps: saved,
  save_total_limit: saved,
  save_safetensors: saved,
  resume_from_checkpoint: { none: 'a study that is run again goes on where it was' },
  output_dir: { none: 'results lie in the store, which --store names' },
  overwrite_output_dir: { none: 'results lie in the store, which --store names' },
  logging_steps: logged,
  logging_strategy: logged,
  logging_dir: logged,
  logging_first_step: logged,
  report_to: logged,
  do_train: chosen,
  do_eval: chosen,
  do_predict: chosen,
  push_to_hub: { none: 'a taught folder can be loaded by transformers, which pushes it' },
  remove_unused_columns: { none: 'only the columns that a task names are used' },
  dataloader_num_workers: { none: 'rows are cut into tokens before a lesson begins' },
  deepspeed: oneProcess,
  fsdp: oneProcess,
  local_rank: oneProcess,
  ddp_find_unused_parameters: oneProcess,
  no_cuda: onProcessor,
  use_cpu: onProcessor,
  torch_compile: { none: 'a lesson is one graph, which onnxruntime runs' },
}

/**
 * What a setting of transformers' trainer is called in a study.
 *
 * @param known the keys that may stand where it does
 * @returns the end of a sentence, such as `: it is called "epochs" here`; `undefined` for a name that is none of its
 */
export function trainerHint(name: string, known: readonly string[]): string | undefined {
  if (!Object.hasOwn(trainerNames, name)) return undefined
  const found = trainerNames[name]!
  if ('none' in found) return `: there is no such setting, as ${found.none}`
  const key = found.is.split(':')[0]!
  if (known.includes(key)) return `: it is called "${found.is}" here`
  return `: it is called "${found.is}" here${found.under === undefined ? '' : ` and stands under "${found.under}"`}`
}
