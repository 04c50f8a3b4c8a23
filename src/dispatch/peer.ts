import type { Principal } from '../security/principal.ts'

/** The client at the other end, as far as it is known. It is replaced by the outcome of a request that says more. */
export interface Peer {
  readonly principal: Principal
  /** Clients tell their software in ApiVersions from version 3 on (KIP-511). */
  readonly softwareName: string
  readonly softwareVersion: string
}
