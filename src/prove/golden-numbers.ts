// Made by scripts/goldens/device_lesson.py, from what scripts/goldens/device_lesson.ts writes, with torch 2.15.0 and transformers 4.57.6: not to be changed by hand.

/** Mean loss a target token before each update of the golden lesson. */
export const goldenLosses: readonly number[] = [
  15.13739, 11.84097, 11.95671, 9.244457, 7.250047, 8.595424, 7.186637, 5.565352, 7.140244, 6.06189, 4.68746, 6.404007,
]

/** The gradient's norm before it is clipped. */
export const goldenNorms: readonly number[] = [
  16.53807, 20.95131, 20.5208, 11.24077, 12.32119, 13.57631, 9.129062, 9.76589, 11.05158, 8.050035, 8.946136, 11.02058,
]
