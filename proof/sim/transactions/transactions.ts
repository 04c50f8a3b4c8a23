import type { Environment } from '../../../src/env/index.ts'
import type { Outcome } from '../../histories/history.ts'
import type { Recorder, WorkRecorder } from '../../histories/recorder.ts'
import { sleep } from '../client.ts'
import {
  Fenced,
  MustAbort,
  TransactionalProducer,
  type TransactionalProducerOptions,
} from './transactional-producer.ts'

export interface TransactionsOptions extends TransactionalProducerOptions {
  readonly recorder: Recorder
}

/** The work within a transaction; whether to commit it. */
export type TransactionBody = (producer: TransactionalProducer, work: WorkRecorder) => Promise<boolean>

/** One transaction after another, each written down; a producer that was fenced is replaced by a new one. */
export class Transactions {
  readonly #environment: Environment
  readonly #options: TransactionsOptions
  #producer: TransactionalProducer | null = null

  constructor(environment: Environment, options: TransactionsOptions) {
    this.#environment = environment
    this.#options = options
  }

  /** Has the transactional id to itself, until another producer begins. */
  async begin(): Promise<void> {
    if (this.#producer !== null) return
    const producer = new TransactionalProducer(this.#environment, this.#options)
    await this.#insist(() => producer.begin())
    this.#producer = producer
  }

  async transaction(body: TransactionBody): Promise<Outcome> {
    await this.begin()
    const producer = this.#producer as TransactionalProducer
    const work = this.#options.recorder.begin(this.#options.name, 'transaction')
    const outcome = await this.#run(producer, work, body)
    work.end(outcome)
    return outcome
  }

  close(): void {
    this.#producer?.close()
  }

  async #run(producer: TransactionalProducer, work: WorkRecorder, body: TransactionBody): Promise<Outcome> {
    try {
      if (await body(producer, work)) {
        work.commit()
        return await this.#commit(producer)
      }
    } catch (error) {
      if (error instanceof Fenced) {
        this.#throwAway()
        return 'fail'
      }
      if (!(error instanceof MustAbort)) throw error
    }
    await this.#abort(producer)
    return 'fail'
  }

  async #commit(producer: TransactionalProducer): Promise<Outcome> {
    let attempts = 0
    try {
      await producer.end(true, () => attempts++)
      return 'ok'
    } catch (error) {
      if (!(error instanceof Fenced || error instanceof MustAbort)) throw error
      this.#throwAway()
      // The first attempt, which nobody has answered, may have been the end of it.
      return attempts > 1 ? 'info' : 'fail'
    }
  }

  async #abort(producer: TransactionalProducer): Promise<void> {
    try {
      await producer.end(false, () => {})
      // A batch that nobody has answered may still be on its way, with a sequence that will be used again.
      await producer.begin()
    } catch (error) {
      if (!(error instanceof Fenced || error instanceof MustAbort)) throw error
      this.#throwAway()
    }
  }

  #throwAway(): void {
    this.#producer?.close()
    this.#producer = null
  }

  async #insist(run: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await run()
      } catch (error) {
        if (!(error instanceof Fenced)) throw error
        await sleep(this.#environment, 100)
      }
    }
  }
}
