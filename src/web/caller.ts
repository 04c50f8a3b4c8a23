import { type Principal, userPrincipal } from '../security/principal.ts'

/** The one who sends an HTTP request. */
export interface Caller {
  readonly principal: Principal
  /** Has shown `samsa.http.token`: no permission is asked for, and no quota is counted. */
  readonly isOperator: boolean
  /**
   * How that is known. `loopback`: nobody is asked who they are on this broker, and the request came from this machine;
   * `anybody`: nobody is asked, and an app takes requests from everywhere.
   */
  readonly by: 'loopback' | 'anybody' | 'password' | 'session' | 'token' | 'certificate'
  /** The address of the client, as the authorizer judges it. */
  readonly address: string
}

/** The environment of a Hono app of a room: `c.env.caller` in its handlers. */
export interface WebEnv {
  Bindings: { readonly caller: Caller }
}

/** How the principal of the token's holder is called in the audit. */
export const OPERATOR_NAME = 'samsa.http.token'

/** This process itself, where it reads what it shows. */
export const OWN: Caller = { principal: userPrincipal('samsa'), isOperator: true, by: 'token', address: '127.0.0.1' }
