import type { Clock } from './clock.ts'
import type { Compute } from './compute.ts'
import type { FileSystem } from './file-system.ts'
import type { Http } from './http.ts'
import type { Network } from './network.ts'
import type { Process } from './process.ts'
import type { Random } from './random.ts'

/** Everything that is not deterministic, in one value: a broker is a function of its config and this. */
export interface Environment {
  clock: Clock
  random: Random
  files: FileSystem
  network: Network
  compute: Compute
  /** Absent: HTTP is not to be had. */
  http?: Http
  /** Absent: the process is not spoken of (the simulation has many brokers in one). */
  process?: Process
}

export type { Clock, Timer } from './clock.ts'
export type { Compute } from './compute.ts'
export type { File, FileLock, FileStat, FileSystem, WriteDone } from './file-system.ts'
export { FileSystemError } from './file-system.ts'
export type { Http, HttpHandler, HttpListenOptions, HttpPeer } from './http.ts'
export type {
  Connection,
  ConnectionHandlers,
  ConnectOptions,
  Listener,
  ListenOptions,
  Network,
} from './network.ts'
export { NetworkError } from './network.ts'
export type { Process, ProcessMemory } from './process.ts'
export type { Random } from './random.ts'
export type { TlsClientSettings, TlsIdentity, TlsServerSettings, TlsSession, TlsVersion } from './tls.ts'
export { TLS_HANDSHAKE_FAILED, TLS_PEER_SPEAKS_HTTP, TLS_PEER_SPEAKS_PLAIN } from './tls.ts'
