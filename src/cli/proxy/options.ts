/** The options of `samsa proxy`, as they are written. */
export interface ProxyCommandOptions {
  readonly upstream?: string
  readonly listen: string
  readonly record?: string
  readonly show?: string
  readonly control?: string
  readonly commandConfig?: string
  readonly property?: readonly string[]
}
