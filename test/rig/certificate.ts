import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

export interface CertificateOptions {
  readonly validFrom?: Date
  readonly validTo?: Date
  /** Another one has signed it, whose certificate nobody has. @default false */
  readonly isOfOther?: boolean
}

/** A certificate of this machine (127.0.0.1), as PEM, and its key; no file of it is kept. Source: RFC 5280. */
export function certificate(options: CertificateOptions = {}): { readonly key: string; readonly cert: string } {
  const day = 86_400_000
  const { validFrom = new Date(Date.now() - day), validTo = new Date(Date.now() + day), isOfOther = false } = options
  const own = keyPair()
  const signer = isOfOther ? keyPair() : own
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    nameOf(isOfOther ? 'authority' : 'host'),
    sequence(time(validFrom), time(validTo)),
    nameOf('host'),
    own.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(sequence(oid(0x55, 0x1d, 0x11), der(0x04, sequence(der(0x87, Buffer.from([127, 0, 0, 1]))))))),
  )
  const signature = sign('sha256', body, signer.privateKey)
  const whole = sequence(body, ecdsaWithSha256, der(0x03, Buffer.concat([Buffer.from([0]), signature])))
  const lines = whole.toString('base64').replace(/.{64}/g, '$&\n')
  return {
    key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  }
}

function keyPair(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts))
}

function oid(...bytes: readonly number[]): Buffer {
  return der(0x06, Buffer.from(bytes))
}

const ecdsaWithSha256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02))

function nameOf(common: string): Buffer {
  return sequence(der(0x31, sequence(oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from(common)))))
}

/** As UTCTime: `yymmddhhmmssZ`. */
function time(date: Date): Buffer {
  return der(
    0x17,
    Buffer.from(
      `${date
        .toISOString()
        .replace(/[-:T]|\.\d+/g, '')
        .slice(2)}`,
    ),
  )
}
