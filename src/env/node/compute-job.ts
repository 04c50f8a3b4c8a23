import { compress, decompress } from '../../../protocol/records/compression.ts'
import type { CompressionType } from '../../../protocol/records/compression-type.ts'

/** What travels to a worker thread. */
export type ComputeJob = { type: CompressionType; bytes: Uint8Array } & (
  | { kind: 'decompress'; options: { magic: number; maxBytes: number } }
  | { kind: 'compress'; options: { magic: number; level?: number } }
)

/** And back. */
export type ComputeReply = { ok: true; bytes: Uint8Array } | { ok: false; error: { name: string; message: string } }

export function runJob(job: ComputeJob): Buffer {
  return job.kind === 'decompress'
    ? decompress(job.type, job.bytes, job.options)
    : compress(job.type, job.bytes, job.options)
}
