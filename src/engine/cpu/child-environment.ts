/**
 * Environment variables for a process that runs sessions, on top of the parent's.
 *
 * Activations are tens of megabytes, of another size in each batch. By default glibc maps each such block anew and gives
 * it back at once, and the kernel's page faults then cost as much as the arithmetic. One heap that never shrinks, on
 * huge pages, keeps them.
 */
export function childEnvironment(
  parent: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const tunables = [parent.GLIBC_TUNABLES, 'glibc.malloc.hugetlb=1'].filter(Boolean).join(':')
  return {
    MALLOC_ARENA_MAX: '1',
    MALLOC_MMAP_MAX_: '0',
    MALLOC_TOP_PAD_: String(256 * 2 ** 20),
    MALLOC_TRIM_THRESHOLD_: String(2 ** 40),
    ...parent,
    GLIBC_TUNABLES: tunables,
  }
}
