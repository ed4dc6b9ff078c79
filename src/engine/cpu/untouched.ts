import type { Tensor } from '../../graph/tensor.ts'

/** A signalling NaN of its own, which no arithmetic gives: what computes NaN gives quiet ones. */
const mark = 0x7fa51de5

/** Whether it can be seen of a tensor that nothing has written into it. */
export function canBeMarked({ type, data }: Tensor): boolean {
  return (type === 'float' || type === 'int32' || type === 'int64') && data.length > 0
}

/** Writes into the first element what no graph writes. */
export function markUntouched({ data }: Tensor): void {
  firstBits(data)[0] = mark
}

export function isUntouched({ data }: Tensor): boolean {
  return firstBits(data)[0] === mark
}

function firstBits({ buffer, byteOffset }: Tensor['data']): Uint32Array {
  return new Uint32Array(buffer, byteOffset, 1)
}
