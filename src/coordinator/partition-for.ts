/** Java's `String.hashCode`, which decides where Kafka's coordinators live: s[0]·31^(n-1) + … over UTF-16 units. */
function hashCode(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash
}

const INT32_MIN = -0x8000_0000

/** The partition of an internal topic that a group id, or a transactional id, belongs to. */
export function partitionFor(id: string, partitionCount: number): number {
  const hash = hashCode(id)
  return (hash === INT32_MIN ? 0 : Math.abs(hash)) % partitionCount
}
