/** The operations of IncrementalAlterConfigs (KIP-339), each at the index that is its id on the wire. */
export const CONFIG_OPERATIONS = ['SET', 'DELETE', 'APPEND', 'SUBTRACT'] as const

export type ConfigOperation = (typeof CONFIG_OPERATIONS)[number]

/** The entries that an APPEND or a SUBTRACT names: empty ones at the end are none, as where Java splits. */
export function entriesOf(value: string): string[] {
  const entries = value.split(',')
  return value === '' ? entries : entries.slice(0, entries.findLastIndex((entry) => entry !== '') + 1)
}
