import type { CompressionType } from '../../protocol/records/compression.ts'

/**
 * CPU-heavy jobs beside the loop. env/node runs large ones in worker threads; the simulation runs them in place.
 * Small inputs are better done in place by the caller: `worthIt` says from which size on.
 */
export interface Compute {
  worthIt(bytes: number): boolean
  /** Rejects like `decompress` of protocol/records, with the same error types. */
  decompress(type: CompressionType, bytes: Uint8Array, maxBytes: number): Promise<Buffer>
  compress(type: CompressionType, bytes: Uint8Array, level: number | undefined): Promise<Buffer>
  stop(): Promise<void>
}
