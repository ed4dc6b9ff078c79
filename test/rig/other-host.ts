import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Writes a script `host NAME COMMAND…` that runs a command as on a machine of its own: another name, other processes and network,
 * and, where sshfs is installed, a mount of its own of a shared folder.
 *
 * @param shared is made
 * @returns the command, and the shared folder as the hosts see it; `undefined` where the system allows no such thing
 */
export function otherHosts(folder: string, shared: string): { host: string; seen: string; sshfs: boolean } | undefined {
  mkdirSync(shared, { recursive: true })
  const mount = join(folder, 'mounted')
  mkdirSync(mount, { recursive: true })
  const server = executable(join(folder, 'sftp'), '#!/bin/sh\nexec /usr/lib/openssh/sftp-server\n')
  const host = executable(join(folder, 'host'), hostScript())
  if (spawnSync(host, ['probe', 'true']).status !== 0) return undefined
  const mounting = `sshfs -o ssh_command='${server}' any:'${shared}' '${mount}'`
  const mounted = executable(join(folder, 'mounted-host'), hostScript(mounting, `fusermount3 -u '${mount}'`))
  const sshfs = spawnSync(mounted, ['probe', 'touch', join(mount, 'probe')]).status === 0
  return sshfs ? { host: mounted, seen: mount, sshfs } : { host, seen: shared, sshfs }
}

function hostScript(before = ':', after = ':'): string {
  return `#!/bin/bash
name=$1; shift
exec unshare --mount --uts --pid --net --fork --mount-proc bash -c '
hostname "$0"; ${quoted(before)} || exit 9
"$@"; code=$?
${quoted(after)}; exit $code' "$name" "$@"
`
}

/** Within single quotes of a shell. */
function quoted(text: string): string {
  return text.replaceAll("'", String.raw`'\''`)
}

function executable(path: string, text: string): string {
  writeFileSync(path, text)
  chmodSync(path, 0o755)
  return path
}
