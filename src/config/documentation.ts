/**
 * Apache Kafka 4.4.0's sentences on its configuration keys, as its ConfigDefs have them (`documentation/apache.json`),
 * are loaded when somebody asks: a start needs none of it.
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
