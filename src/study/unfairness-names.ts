/** Settings of a lesson in which the rows of a table should be alike. */
export const settingNames = [
  'learning_rate',
  'batch',
  'weight_decay',
  'adam_beta1',
  'adam_beta2',
  'adam_epsilon',
  'max_grad_norm',
  'schedule',
  'warmup_steps',
  'dropout',
  'order',
  'evaluate_every',
  'best_by',
  'keep',
  'limits.source',
  'limits.target',
] as const

/** What may differ between the rows of a table besides their start, as `accept` names it. */
export const unfairnessNames = [...settingNames, 'updates', 'prefix', 'seeds', 'generate', 'rows'] as const
export type UnfairnessName = (typeof unfairnessNames)[number]
