/**
 * Every key of a T5's `config.json`: those that make the model, and those that say what else transformers may be told.
 *
 * Source: the arguments, attributes and aliases of `T5Config`, `MT5Config` and `UMT5Config` in transformers 4.57, and what
 * older and newer versions have written.
 */
export const t5ConfigKeys: readonly string[] = [
  ...['model_type', 'vocab_size', 'd_model', 'd_kv', 'd_ff', 'num_layers', 'num_decoder_layers', 'num_heads'],
  ...['hidden_size', 'head_dim', 'num_hidden_layers', 'num_attention_heads'],
  ...['relative_attention_num_buckets', 'relative_attention_max_distance', 'dropout_rate', 'layer_norm_epsilon'],
  ...['initializer_factor', 'feed_forward_proj', 'dense_act_fn', 'is_gated_act', 'tie_word_embeddings'],
  'scale_decoder_outputs',
  ...['pad_token_id', 'eos_token_id', 'decoder_start_token_id', 'bos_token_id', 'sep_token_id'],
  ...['is_encoder_decoder', 'is_decoder', 'add_cross_attention', 'cross_attention_hidden_size', 'tie_encoder_decoder'],
  ...['use_cache', 'classifier_dropout', 'architectures', '_name_or_path', 'name_or_path', 'transformers_version'],
  ...[
    'dtype',
    'torch_dtype',
    'torchscript',
    'use_bfloat16',
    'return_dict',
    'output_attentions',
    'output_hidden_states',
  ],
  ...['output_scores', 'return_dict_in_generate', 'pruned_heads', 'chunk_size_feed_forward', 'tf_legacy_loss'],
  ...['tokenizer_class', 'prefix', 'problem_type', 'task_specific_params', 'finetuning_task', 'id2label', 'label2id'],
  ...['num_labels', 'n_positions', 'output_past', 'gradient_checkpointing', 'initializer_range'],
  // How it answers: older files have it here.
  ...['do_sample', 'early_stopping', 'max_length', 'min_length', 'num_beams', 'num_beam_groups', 'diversity_penalty'],
  ...['temperature', 'top_k', 'top_p', 'typical_p', 'repetition_penalty', 'length_penalty', 'no_repeat_ngram_size'],
  ...['encoder_no_repeat_ngram_size', 'bad_words_ids', 'num_return_sequences', 'forced_bos_token_id'],
  ...['forced_eos_token_id', 'remove_invalid_values', 'exponential_decay_length_penalty', 'suppress_tokens'],
  'begin_suppress_tokens',
]

/** Source: the fields of `T5Config`, `MT5Config` and `UMT5Config` in transformers 5.24 that are `float` alone. */
export const t5FloatKeys: readonly string[] = ['initializer_factor', 'layer_norm_epsilon']
