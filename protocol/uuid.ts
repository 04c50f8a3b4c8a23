const UUID_BYTES = 16
const PADDED = /^[A-Za-z0-9_-]{22}(==)?$/

/**
 * Kafka's text of a UUID, 22 characters of base64url, from any text that its `Uuid.fromString` takes: with padding, and
 * with bits behind the last byte. null for any other text.
 */
export function canonicalUuid(text: string): string | null {
  if (!PADDED.test(text)) return null
  const bytes = Buffer.from(text, 'base64url')
  return bytes.length === UUID_BYTES ? bytes.toString('base64url') : null
}
