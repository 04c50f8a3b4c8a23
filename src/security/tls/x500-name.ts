/**
 * The subject of a certificate as Java writes it (X500Principal.getName(), which is RFC 2253): what Kafka makes a principal
 * of. Node's own form has another order and other escapes. The certificate is one that OpenSSL has read before.
 */
import { at, first } from '../../../protocol/collections/elements.ts'

interface Element {
  readonly tag: number
  /** With tag and length. */
  readonly whole: Buffer
  readonly content: Buffer
}

const SEQUENCE = 0x30
const VERSION = 0xa0
/** The parts of a certificate before its subject: serial number, algorithm, issuer, validity. */
const BEFORE_SUBJECT = 4

/**
 * `CN=Duke,OU=JavaSoft,O=Sun Microsystems,C=US`; empty where the certificate names its owner beside the subject alone. Throws a
 * `RangeError` for bytes that are no certificate.
 */
export function subjectName(certificate: Buffer): string {
  const signed = first(elementsOf(first(elementsOf(certificate)).content))
  const parts = elementsOf(signed.content)
  const subject = parts[(first(parts).tag === VERSION ? 1 : 0) + BEFORE_SUBJECT]
  if (subject?.tag !== SEQUENCE) throw new RangeError('the certificate has no subject')
  return elementsOf(subject.content)
    .map(({ content }) => elementsOf(content).map(attribute).join('+'))
    .reverse()
    .join(',')
}

function elementsOf(bytes: Buffer): Element[] {
  const found: Element[] = []
  for (let at = 0; at < bytes.length; ) {
    const [tag, shortLength] = [bytes.readUInt8(at), bytes.readUInt8(at + 1)]
    const lengthBytes = shortLength & 0x80 ? shortLength & 0x7f : 0
    const length = lengthBytes === 0 ? shortLength : bytes.readUIntBE(at + 2, lengthBytes)
    const start = at + 2 + lengthBytes
    if (!(start + length <= bytes.length)) throw new RangeError('the certificate ends too early')
    found.push({
      tag,
      whole: bytes.subarray(at, start + length),
      content: bytes.subarray(start, start + length),
    })
    at = start + length
  }
  return found
}

/** The attributes that RFC 2253 names; all others are written by their object identifier, their value as hex. */
const KEYWORDS: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
}

function attribute({ content }: Element): string {
  const parts = elementsOf(content)
  const [type, value] = [first(parts), at(parts, 1)]
  const oid = objectIdentifier(type.content)
  const keyword = KEYWORDS[oid]
  const text = textOf(value)
  if (keyword === undefined || text === null) return `${keyword ?? oid}=#${value.whole.toString('hex')}`
  return `${keyword}=${escaped(text)}`
}

function objectIdentifier(bytes: Buffer): string {
  const arcs: number[] = []
  let value = 0
  for (const byte of bytes) {
    value = value * 128 + (byte & 0x7f)
    if (byte & 0x80) continue
    if (arcs.length === 0) {
      const first = Math.min(Math.floor(value / 40), 2)
      arcs.push(first, value - first * 40)
    } else arcs.push(value)
    value = 0
  }
  return arcs.join('.')
}

/** UTF8String, PrintableString, TeletexString, IA5String, GeneralString, BMPString. */
const TEXTS: ReadonlySet<number> = new Set([12, 19, 20, 22, 27, 30])

/** null: not a text. Java takes all texts for UTF-8, whatever their type says: a name of two bytes a letter is another one. */
const textOf = ({ tag, content }: Element): string | null => (TEXTS.has(tag) ? content.toString('utf8') : null)

function escaped(text: string): string {
  const special = text.replace(/[,=+<>#;"\\]/g, '\\$&').replaceAll('\0', '\\00')
  const [leading] = /^ */.exec(special)!
  if (leading.length === special.length) return special.replaceAll(' ', '\\ ')
  const [trailing] = / *$/.exec(special)!
  const middle = special.slice(leading.length, special.length - trailing.length)
  return leading.replaceAll(' ', '\\ ') + middle + trailing.replaceAll(' ', '\\ ')
}
