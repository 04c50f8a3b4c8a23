/** The whole of a worker thread: one job after another. */
import { parentPort } from 'node:worker_threads'
import { type ComputeJob, type ComputeReply, runJob } from './compute-job.ts'

parentPort?.on('message', (job: ComputeJob) => {
  const reply = answer(job)
  parentPort?.postMessage(reply, reply.ok ? [reply.bytes.buffer as ArrayBuffer] : [])
})

function answer(job: ComputeJob): ComputeReply {
  try {
    const { bytes, failure } = runJob(job)
    // A copy, because memory of a shared pool or of a native module cannot be given away.
    return { ok: true, bytes: new Uint8Array(bytes), failure: failure?.message ?? null }
  } catch (error) {
    const { name, message } = error as Error
    return { ok: false, error: { name, message } }
  }
}
