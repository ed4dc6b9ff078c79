/** Whether a text looks like a repository of the hub, `owner/name`, rather than like a path. */
export function isHubName(text: string): boolean {
  return /^[A-Za-z\d][\w.-]*\/[A-Za-z\d][\w.-]*$/.test(text) && !text.includes('..')
}
