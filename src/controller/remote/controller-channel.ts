/**
 * Requests to the active controller, whoever that is by now. A request that got no answer, or was answered
 * NOT_CONTROLLER, is sent again to the controller that the observer names then, until its time is over: the controller
 * may therefore see a request twice, as from any broker.
 *
 * Controllers answer the requests of one connection one after another. Purposes that must not wait for each other have a
 * channel each.
 */
import { ErrorCode, errorName, KafkaError } from '../../../protocol/errors.ts'
import type { Decoded, MessageSchema } from '../../../protocol/schema.ts'
import type { Address } from '../../client/addresses.ts'
import type { BrokerConnection } from '../../client/connection.ts'
import { ClientError } from '../../client/errors.ts'
import type { RequestBody } from '../../client/requests.ts'
import type { Clock } from '../../env/index.ts'
import type { ControllerDialer } from './controller-dialer.ts'
import type { MetadataObserver } from './metadata-observer.ts'
import { Pause } from './pause.ts'

const RETRY_BACKOFF_MS = 50

interface Options {
  readonly purpose: string
  readonly requestTimeoutMs: number
  readonly clock: Clock
  readonly dialer: ControllerDialer
  readonly observer: Pick<MetadataObserver, 'leader' | 'onLeader' | 'problem'>
}

export interface Attempt<Answer> {
  /** By `Clock.monotonicMs`; absent: for as long as the channel is open. */
  readonly deadlineMs?: number
  /** The error of the whole answer. */
  errorOf(answer: Answer): number
}

export class ControllerChannel {
  readonly #options: Options
  readonly #pauses = new Set<Pause>()
  readonly #unsubscribe: () => void
  #connection: { readonly address: Address; readonly opening: Promise<BrokerConnection> } | null = null
  #isClosed = false
  #problem: string | null = null

  constructor(options: Options) {
    this.#options = options
    this.#unsubscribe = options.observer.onLeader(() => this.#follow())
  }

  /** Why the last request had to be sent again; null after one that was answered. */
  get problem(): string | null {
    return this.#problem ?? this.#options.observer.problem
  }

  /**
   * The active controller's answer, be it an error of its own or not. Rejects with REQUEST_TIMED_OUT when the time is over,
   * with UNSUPPORTED_VERSION when the controller does not speak the API, with BROKER_NOT_AVAILABLE once closed.
   */
  async request<Q extends MessageSchema, S extends MessageSchema>(
    request: Q,
    response: S,
    body: RequestBody<Q>,
    attempt: Attempt<Decoded<S>>,
  ): Promise<Decoded<S>> {
    for (;;) {
      if (this.#isClosed) throw new KafkaError(ErrorCode.BROKER_NOT_AVAILABLE, 'The broker is stopping')
      try {
        const connection = await this.#connect()
        if (connection !== null) {
          const answer = await connection.request(request, response, body)
          const code = attempt.errorOf(answer)
          if (code !== ErrorCode.NOT_CONTROLLER) {
            this.#problem = null
            return answer
          }
          this.#problem = `the controller answered ${errorName(code)}`
        }
      } catch (error) {
        if (!(error instanceof ClientError)) throw error
        if (error.reason === 'unsupported') throw new KafkaError(ErrorCode.UNSUPPORTED_VERSION, error.message)
        this.#problem = error.message
      }
      await this.#backoff(attempt.deadlineMs)
    }
  }

  /** Versions of an API that the active controller speaks; null while there is none. Rejects with a `ClientError`. */
  async versionsOf(apiKey: number): Promise<{ minVersion: number; maxVersion: number } | null> {
    const connection = await this.#connect()
    return connection?.versionsOf(apiKey) ?? null
  }

  close(): void {
    this.#isClosed = true
    this.#unsubscribe()
    this.#disconnect()
    this.#wake()
  }

  /** null while no controller is known to be active. */
  #connect(): Promise<BrokerConnection> | null {
    const address = this.#options.observer.leader
    if (address === null) {
      this.#disconnect()
      return null
    }
    return this.#connectTo(address)
  }

  async #connectTo(address: Address): Promise<BrokerConnection> {
    const known = this.#connection
    if (known !== null && isSame(known.address, address)) {
      const open = await known.opening.catch(() => null)
      if (open?.isOpen) return open
    }
    if (this.#connection === known) {
      this.#disconnect()
      const { dialer, purpose, requestTimeoutMs } = this.#options
      this.#connection = { address, opening: dialer.dial(address, { purpose, requestTimeoutMs }) }
      this.#connection.opening.catch(() => {})
    }
    return this.#connection!.opening
  }

  /** A controller that is not the active one any more may never answer: its requests go to the new one at once. */
  #follow(): void {
    const { leader } = this.#options.observer
    const known = this.#connection?.address
    if (leader !== null && known !== undefined && !isSame(leader, known)) this.#disconnect()
    this.#wake()
  }

  #disconnect(): void {
    this.#connection?.opening.then((open) => open.close()).catch(() => {})
    this.#connection = null
  }

  async #backoff(deadlineMs = Number.POSITIVE_INFINITY): Promise<void> {
    // A stop waits for no other try.
    if (this.#isClosed) return
    const { clock } = this.#options
    const leftMs = deadlineMs - clock.monotonicMs()
    if (leftMs <= 0) {
      throw new KafkaError(
        ErrorCode.REQUEST_TIMED_OUT,
        `No controller answers${this.problem ? `: ${this.problem}` : ''}`,
      )
    }
    const pause = new Pause(clock)
    this.#pauses.add(pause)
    await pause.take(Math.min(leftMs, RETRY_BACKOFF_MS))
    this.#pauses.delete(pause)
  }

  #wake(): void {
    for (const pause of [...this.#pauses]) pause.cut()
  }
}

const isSame = (a: Address, b: Address): boolean => a.host === b.host && a.port === b.port
