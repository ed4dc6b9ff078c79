/** `0.0213`, `< 0.0001` */
export function pText(p: number): string {
  return p < 0.0001 ? '< 0.0001' : p.toFixed(4)
}

/** `= 0.0213`, `< 0.0001` */
export function pRelation(p: number): string {
  return p < 0.0001 ? '< 0.0001' : `= ${p.toFixed(4)}`
}
