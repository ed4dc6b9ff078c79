/** Receives one sentence on something odd that the user should know and that does not stop the work. */
export type NoticeListener = (sentence: string) => void
