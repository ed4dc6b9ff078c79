import { BlockList, isIPv4, isIPv6 } from 'node:net'

/**
 * Whether an IP address is not one of the public network: this machine, a private or link-local network (where clouds
 * keep their credentials), a group of machines, or reserved.
 *
 * @param address without brackets
 * Source: IANA's registries of special-purpose addresses.
 */
export function isPrivateAddress(address: string): boolean {
  if (isIPv4(address)) return special.check(address, 'ipv4')
  if (!isIPv6(address)) return false
  // Where a network has IPv6 alone, every public IPv4 address is written this way.
  const inside = /^64:ff9b::(?:([\da-f]{1,4}):)?([\da-f]{1,4})$/iu.exec(address)
  if (inside === null) return special.check(address, 'ipv6')
  const [high, low] = [inside[1] ?? '0', inside[2]!].map((part) => Number.parseInt(part, 16)) as [number, number]
  return special.check(`${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`, 'ipv4')
}

const special = new BlockList()
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  special.addSubnet(network, bits, 'ipv4')
}
for (const [network, bits] of [
  ['::', 127],
  ['2001::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 9],
  ['ff00::', 8],
] as const) {
  special.addSubnet(network, bits, 'ipv6')
}
