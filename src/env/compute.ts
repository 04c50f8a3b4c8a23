import type { CompressionType, Inflated, InflateLimits } from '../../protocol/records/compression.ts'

/**
 * CPU-heavy jobs beside the loop. env/node runs large ones in worker threads; the simulation runs them in place.
 * Small inputs are better done in place by the caller: `worthIt` says from which size on. Each job is the function of
 * the same name in protocol/records/compression.ts and rejects with the same error types.
 */
export interface Compute {
  worthIt(bytes: number): boolean
  inflate(type: CompressionType, bytes: Uint8Array, limits: InflateLimits): Promise<Inflated>
  decompress(type: CompressionType, bytes: Uint8Array, limits: InflateLimits): Promise<Buffer>
  compress(type: CompressionType, bytes: Uint8Array, level?: number, magic?: number): Promise<Buffer>
  stop(): Promise<void>
}
