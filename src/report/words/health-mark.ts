/** Marks scores of answers that are not in order. */
export const healthMark = '(!)'
