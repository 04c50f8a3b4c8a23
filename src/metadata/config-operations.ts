/** The operations of IncrementalAlterConfigs (KIP-339), each at the index that is its id on the wire. */
export const CONFIG_OPERATIONS = ['SET', 'DELETE', 'APPEND', 'SUBTRACT'] as const

export type ConfigOperation = (typeof CONFIG_OPERATIONS)[number]
