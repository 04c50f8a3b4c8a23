const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/
const IPV4_IN_IPV6 = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/

/** One text for all ways to write an IP address; null: it is none, but perhaps the name of a host. */
export function canonicalAddress(text: string): string | null {
  if (IPV4.test(text)) return text
  // The zone says through which interface an address is reached, which is no part of who the client is.
  const [address = ''] = text.split('%')
  if (!address.includes(':') || !URL.canParse(`http://[${address}]`)) return null
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const mapped = IPV4_IN_IPV6.exec(canonical)
  if (mapped === null) return canonical
  const [high = 0, low = 0] = mapped.slice(1).map((group) => Number.parseInt(group, 16))
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.')
}
