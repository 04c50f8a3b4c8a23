import type { CompressionType } from '../../protocol/records/compression-type.ts'

/**
 * CPU-heavy jobs beside the loop. env/node runs large ones in worker threads; the simulation runs them in place.
 * Small inputs are better done in place by the caller: `worthIt` says from which size on.
 */
export interface Compute {
  worthIt(bytes: number): boolean
  /** As `decompress` of protocol/records/compression.ts, and rejects with the same error types. */
  decompress(type: CompressionType, bytes: Uint8Array, options: { magic: number; maxBytes: number }): Promise<Buffer>
  /** As `compress` of protocol/records/compression.ts. */
  compress(type: CompressionType, bytes: Uint8Array, options: { magic: number; level?: number }): Promise<Buffer>
  stop(): Promise<void>
}
