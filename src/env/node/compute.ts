import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import {
  type CompressionType,
  compress,
  type Inflated,
  type InflateLimits,
  storesOnly,
} from '../../../protocol/records/compression.ts'
import {
  RecordTooLargeError,
  UnreadableRecordsError,
  UnsupportedCompressionTypeError,
} from '../../../protocol/records/errors.ts'
import type { Clock, Timer } from '../clock.ts'
import type { Compute } from '../compute.ts'
import { type ComputeJob, type ComputeReply, runJob } from './compute-job.ts'

/** Handing over and back costs some 100 µs; inflating this much costs several times that. */
const WORTH_IT_BYTES = 64 * 1024
/** A worker weighs some ten megabytes, so one that has nothing to do is let go. */
const IDLE_MS = 30_000

/** The errors that codecs throw, apart from bugs. */
const CODEC_ERRORS = [RecordTooLargeError, UnreadableRecordsError, UnsupportedCompressionTypeError]

interface Task {
  job: ComputeJob
  resolve(result: Inflated): void
  reject(error: Error): void
}

/** At most two worker threads, started when there is work for them; the loop's own thread keeps the other cores. */
export class WorkerCompute implements Compute {
  #clock: Clock
  #limit = Math.max(1, Math.min(2, availableParallelism() - 1))
  #workers = new Set<ComputeWorker>()
  #waiting: Task[] = []
  /** Set when a worker could not be started: from then on jobs run in place, which is slower but right. */
  #inPlace = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  worthIt(bytes: number): boolean {
    return bytes >= WORTH_IT_BYTES && !this.#inPlace
  }

  inflate(type: CompressionType, bytes: Uint8Array, limits: InflateLimits): Promise<Inflated> {
    return this.#run({ kind: 'inflate', type, bytes, limits })
  }

  async decompress(type: CompressionType, bytes: Uint8Array, limits: InflateLimits): Promise<Buffer> {
    const inflated = await this.inflate(type, bytes, limits)
    if (inflated.failure !== null) throw inflated.failure
    return inflated.bytes
  }

  async compress(type: CompressionType, bytes: Uint8Array, level?: number, magic?: number): Promise<Buffer> {
    // A copy needs no thread, and the process hears of it once, not once from each thread.
    if (storesOnly(type)) return compress(type, bytes, level, magic)
    return (await this.#run({ kind: 'compress', type, bytes, level, magic })).bytes
  }

  async stop(): Promise<void> {
    this.#inPlace = true
    for (const task of this.#waiting.splice(0)) runInPlace(task)
    await Promise.all([...this.#workers].map((worker) => worker.stop()))
  }

  #run(job: ComputeJob): Promise<Inflated> {
    return new Promise((resolve, reject) => {
      const task = { job, resolve, reject }
      if (this.#inPlace) return runInPlace(task)
      this.#waiting.push(task)
      this.#assign()
    })
  }

  #assign(): void {
    while (this.#waiting.length > 0) {
      let idle = [...this.#workers].find((worker) => worker.isIdle)
      if (idle === undefined && this.#workers.size < this.#limit) idle = this.#start()
      if (idle === undefined) return
      idle.run(this.#waiting.shift()!)
    }
  }

  #start(): ComputeWorker {
    const worker = new ComputeWorker(this.#clock, {
      free: () => this.#assign(),
      gone: (failedToStart) => {
        this.#workers.delete(worker)
        if (failedToStart) this.#inPlace = true
        if (this.#inPlace) for (const task of this.#waiting.splice(0)) runInPlace(task)
        else this.#assign()
      },
    })
    this.#workers.add(worker)
    return worker
  }
}

class ComputeWorker {
  #clock: Clock
  #events: { free(): void; gone(failedToStart: boolean): void }
  #worker: Worker
  #task: Task | null = null
  #answered = false
  #idleTimer: Timer | null = null

  constructor(clock: Clock, events: { free(): void; gone(failedToStart: boolean): void }) {
    this.#clock = clock
    this.#events = events
    this.#worker = startWorker()
    this.#worker.unref()
    this.#worker.on('message', (reply: ComputeReply) => this.#answer(reply))
    // `exit` follows and does what is to be done.
    this.#worker.on('error', () => {})
    this.#worker.on('exit', () => this.#exited())
  }

  get isIdle(): boolean {
    return this.#task === null
  }

  run(task: Task): void {
    this.#idleTimer?.cancel()
    this.#task = task
    this.#worker.ref()
    // A view would be sent with the whole buffer below it, often a shared one: so its bytes are copied and moved.
    const bytes = new Uint8Array(task.job.bytes)
    this.#worker.postMessage({ ...task.job, bytes }, [bytes.buffer])
  }

  async stop(): Promise<void> {
    this.#idleTimer?.cancel()
    await this.#worker.terminate()
  }

  #answer(reply: ComputeReply): void {
    const task = this.#task
    this.#answered = true
    this.#task = null
    this.#worker.unref()
    this.#idleTimer = this.#clock.schedule(IDLE_MS, () => void this.stop())
    if (!reply.ok) task?.reject(revive(reply.error))
    else {
      const { buffer, byteOffset, byteLength } = reply.bytes
      const bytes = Buffer.from(buffer, byteOffset, byteLength)
      const failure = reply.failure === null ? null : new UnreadableRecordsError(reply.failure)
      task?.resolve({ bytes, failure })
    }
    this.#events.free()
  }

  #exited(): void {
    this.#idleTimer?.cancel()
    if (this.#task) runInPlace(this.#task)
    this.#task = null
    this.#events.gone(!this.#answered)
  }
}

/** The worker's module lies beside this one: a bundle of its own in the package, the source when run from source. */
function startWorker(): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./compute-worker.js', import.meta.url))
  const source = new URL('./compute-worker.ts', import.meta.url).href
  // The TypeScript loader of the main thread does not reach into workers, so this one begins by registering it.
  const loader = import.meta.resolve('tsx/esm/api')
  return new Worker(`import('${loader}').then(({ register }) => (register(), import('${source}')))`, { eval: true })
}

function runInPlace({ job, resolve, reject }: Task): void {
  try {
    resolve(runJob(job))
  } catch (error) {
    reject(error as Error)
  }
}

/** An error's class does not survive the way between threads; its name does. */
function revive({ name, message }: { name: string; message: string }): Error {
  const ErrorClass = CODEC_ERRORS.find((each) => each.name === name) ?? Error
  return new ErrorClass(message)
}
