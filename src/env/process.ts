/** The process that a broker runs in, for those who watch it. */
export interface Process {
  readonly id: number
  /** Wall clock. */
  readonly startedMs: number
  memory(): ProcessMemory
  /** Since the start, of all threads. */
  cpuSeconds(): { readonly user: number; readonly system: number }
  /** The time of the loop since the start of the process, in seconds: at work, and waiting for something to do. */
  loopSeconds(): { readonly active: number; readonly idle: number }
  /** Bytes that the process has had read from and written to disks; null: the platform does not tell. */
  diskBytes(): Promise<{ readonly read: number; readonly written: number } | null>
  /** null: the platform does not tell. */
  openDescriptors(): Promise<number | null>
  maxDescriptors(): number
  /** Begins to measure by how much the turns of the loop are late. Nothing is measured before somebody asks. */
  measureLoopDelay(): LoopDelay
  /**
   * Keeps the young generation of the heap from growing until the function that it gives is called. Where much is read that
   * stays, it grows by what survives, and is not given back.
   */
  keepYoungHeapSmall(): () => void
  /** A snapshot of the heap, as Chrome's tools read it. The process stands still meanwhile. */
  heapSnapshot(): ReadableStream<Uint8Array>
  /** A profile of the processor's work for so long, as Chrome's tools read it. Rejects while another one is under way. */
  cpuProfile(seconds: number): Promise<string>
}

export interface ProcessMemory {
  readonly residentBytes: number
  readonly heapTotalBytes: number
  readonly heapUsedBytes: number
  /** Memory of C++ objects and buffers that belong to objects of the heap, array buffers among them. */
  readonly externalBytes: number
  readonly arrayBuffersBytes: number
}

export interface LoopDelay {
  /** In seconds, since the measuring began or since the last `reset`. */
  percentile(percent: number): number
  readonly meanSeconds: number
  readonly maxSeconds: number
  reset(): void
  stop(): void
}
