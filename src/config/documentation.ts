/**
 * What Apache Kafka 4.4.0 says of its configuration keys, as its ConfigDefs have it (`documentation/apache.json`). It is
 * loaded when somebody asks: a start needs none of it.
 */
export interface Documentation {
  readonly broker: Readonly<Record<string, string>>
  readonly topic: Readonly<Record<string, string>>
  readonly group: Readonly<Record<string, string>>
}

export async function apacheDocumentation(): Promise<Documentation> {
  const { default: documentation } = await import('./documentation/apache.json', { with: { type: 'json' } })
  return documentation
}
