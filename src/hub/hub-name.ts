/** Whether the hub may have a repository of that name; old ones have no owner. */
export function isRepoName(text: string): boolean {
  return /^[\w.-]+(\/[\w.-]+)?$/.test(text) && !text.includes('..')
}

/** Whether a text may name a branch, tag or commit, and stay within the folder of a cache. */
export function isRevision(text: string): boolean {
  return text !== '' && !/(^|[/\\])\.\.([/\\]|$)|^[/\\]|[\0\\]/.test(text)
}

/** Whether a text looks like a repository of the hub, `owner/name`, rather than like a path. */
export function isHubName(text: string): boolean {
  return /^[A-Za-z\d][\w.-]*\/[A-Za-z\d][\w.-]*$/.test(text) && !text.includes('..')
}
