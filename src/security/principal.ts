/** A client's identity in Kafka's terms: a type, which is `User` unless somebody brings their own, and a name. */
export interface Principal {
  readonly type: string
  readonly name: string
  /** Logged in with a delegation token, which may not be used to ask for another one. */
  readonly tokenAuthenticated?: boolean
}

export const USER_TYPE = 'User'
export const ANONYMOUS: Principal = { type: USER_TYPE, name: 'ANONYMOUS' }

export const userPrincipal = (name: string): Principal => ({ type: USER_TYPE, name })

export const principalText = ({ type, name }: Principal): string => `${type}:${name}`

/** `type:name`; null for any other text. */
export function parsePrincipal(text: string): Principal | null {
  const colon = text.indexOf(':')
  return colon < 1 || colon === text.length - 1 ? null : { type: text.slice(0, colon), name: text.slice(colon + 1) }
}

export const isSamePrincipal = (one: Principal, other: Principal): boolean =>
  one.type === other.type && one.name === other.name
