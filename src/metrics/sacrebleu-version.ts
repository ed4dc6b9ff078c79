/** The sacreBLEU whose results these are; part of every signature. */
export const sacrebleuVersion = '2.6.0'
