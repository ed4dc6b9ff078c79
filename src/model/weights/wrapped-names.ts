import type { StoredTensor } from './stored-tensor.ts'

/** What data-parallel training, torch.compile, Lightning, PEFT and modules that hold a model put before every name. */
const wrappers = ['module.', '_orig_mod.', 'model.', 'transformer.', 'base_model.'] as const

/** Wrappers one in another; a name of a megabyte may have a hundred thousand. */
const deepest = 16

/**
 * Takes off the names of tensors what a wrapper has put before all of them, one wrapper inside another too.
 *
 * @returns the tensors, and what was taken off: empty where the names are a model's own
 */
export function withoutWrappers(tensors: readonly StoredTensor[]): {
  readonly tensors: readonly StoredTensor[]
  readonly taken: string
} {
  let taken = ''
  for (let depth = 0; depth < deepest; depth++) {
    const before = taken
    const wrapper = wrappers.find(
      (one) => tensors.length > 0 && tensors.every(({ name }) => name.startsWith(before + one)),
    )
    if (wrapper === undefined) break
    taken += wrapper
  }
  return {
    taken,
    tensors: taken === '' ? tensors : tensors.map((tensor) => ({ ...tensor, name: tensor.name.slice(taken.length) })),
  }
}
