import {
  type CompressionType,
  compress,
  type Inflated,
  type InflateLimits,
  inflate,
} from '../../../protocol/records/compression.ts'

/** A job as it travels to a worker thread. */
export type ComputeJob = { type: CompressionType; bytes: Uint8Array } & (
  | { kind: 'inflate'; limits: InflateLimits }
  | { kind: 'compress'; level: number | undefined; magic: number | undefined }
)

/** And back. `failure` is the message of an `UnreadableRecordsError`; compressing knows only the thrown error. */
export type ComputeReply =
  | { ok: true; bytes: Uint8Array; failure: string | null }
  | { ok: false; error: { name: string; message: string } }

export function runJob(job: ComputeJob): Inflated {
  if (job.kind === 'compress') return { bytes: compress(job.type, job.bytes, job.level, job.magic), failure: null }
  const { buffer, byteOffset, byteLength } = job.bytes
  return inflate(job.type, Buffer.from(buffer, byteOffset, byteLength), job.limits)
}
