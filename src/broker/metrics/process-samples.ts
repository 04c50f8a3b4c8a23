/** The process: what Prometheus' clients call `process_…` and, of Node, `nodejs_…`. */
import type { LoopDelay, Process } from '../../env/process.ts'
import { counter, type Exposition, gauge } from '../../metrics/exposition.ts'

const CPU = counter('process_cpu_seconds_total', 'Time of the processor that this process has taken, in seconds')
const CPU_USER = counter('process_cpu_user_seconds_total', 'The part of it outside of the system, in seconds')
const CPU_SYSTEM = counter('process_cpu_system_seconds_total', 'The part of it inside of the system, in seconds')
const START = gauge('process_start_time_seconds', 'When the process started, in seconds since the epoch')
const RESIDENT = gauge('process_resident_memory_bytes', 'Memory of the process that is not swapped out, in bytes')
const OPEN = gauge('process_open_fds', 'Files and sockets that are open')
const MAX = gauge('process_max_fds', 'Files and sockets that may be open')
const HEAP_USED = gauge('nodejs_heap_size_used_bytes', 'Memory of objects, in bytes')
const HEAP_TOTAL = gauge('nodejs_heap_size_total_bytes', 'Memory set aside for objects, in bytes')
const EXTERNAL = gauge(
  'nodejs_external_memory_bytes',
  'Memory of buffers and native code outside of the heap, in bytes',
)
const LAG_MEAN = gauge(
  'nodejs_eventloop_lag_mean_seconds',
  'How late turns of the loop came on average since the last scrape',
)
const LAG_MAX = gauge(
  'nodejs_eventloop_lag_max_seconds',
  'How late the latest turn of the loop came since the last scrape',
)
const LAG = gauge(
  'nodejs_eventloop_lag_p99_seconds',
  'How late the 99th percentile of turns came since the last scrape',
)
const LAG_MEDIAN = gauge('nodejs_eventloop_lag_p50_seconds', 'How late the median turn came since the last scrape')
const IDLE_HELP =
  'The share of the time since the last scrape in which the loop, which serves requests and sockets alike, had nothing to do'
const HANDLERS_IDLE = gauge('kafka_server_kafkarequesthandlerpool_requesthandleravgidle_percent', IDLE_HELP)
const NETWORK_IDLE = gauge('kafka_network_socketserver_networkprocessoravgidle_percent', IDLE_HELP)
const DISK_READ = gauge(
  'kafka_server_kafkaserver_linux_disk_read_bytes',
  'Bytes that the process has had read from disks',
)
const DISK_WRITE = gauge(
  'kafka_server_kafkaserver_linux_disk_write_bytes',
  'Bytes that the process has had written to disks',
)

export class ProcessSamples {
  readonly #process: Process
  #delay: LoopDelay | null = null
  #loop: { readonly active: number; readonly idle: number } = { active: 0, idle: 0 }

  constructor(process: Process) {
    this.#process = process
  }

  async collect(to: Exposition): Promise<void> {
    const { residentBytes, heapUsedBytes, heapTotalBytes, externalBytes } = this.#process.memory()
    const { user, system } = this.#process.cpuSeconds()
    to.add(CPU, user + system)
    to.add(CPU_USER, user)
    to.add(CPU_SYSTEM, system)
    to.add(START, this.#process.startedMs / 1000)
    to.add(RESIDENT, residentBytes)
    to.add(HEAP_USED, heapUsedBytes)
    to.add(HEAP_TOTAL, heapTotalBytes)
    to.add(EXTERNAL, externalBytes)
    const open = await this.#process.openDescriptors()
    if (open !== null) to.add(OPEN, open)
    const max = this.#process.maxDescriptors()
    if (Number.isFinite(max)) to.add(MAX, max)
    this.#collectLoop(to)
    const disk = await this.#process.diskBytes()
    if (disk !== null) {
      to.add(DISK_READ, disk.read)
      to.add(DISK_WRITE, disk.written)
    }
  }

  /** The delay is measured from the first scrape on: nobody pays for it before. */
  #collectLoop(to: Exposition): void {
    const loop = this.#process.loopSeconds()
    const [active, idle] = [loop.active - this.#loop.active, loop.idle - this.#loop.idle]
    this.#loop = loop
    const share = active + idle > 0 ? idle / (active + idle) : 1
    to.add(HANDLERS_IDLE, share)
    to.add(NETWORK_IDLE, share)
    this.#delay ??= this.#process.measureLoopDelay()
    to.add(LAG_MEAN, this.#delay.meanSeconds)
    to.add(LAG_MEDIAN, this.#delay.percentile(50))
    to.add(LAG, this.#delay.percentile(99))
    to.add(LAG_MAX, this.#delay.maxSeconds)
    this.#delay.reset()
  }
}
