/**
 * The picture that moves. It looks, draws and waits for the rest of the interval; a key is heard at any time, and redraws at
 * once with what was seen last. A cluster that does not answer is said so in the picture, and looked for again.
 */
import type { Clock } from '../../env/index.ts'
import { sentence } from '../print/sentence.ts'
import type { Style } from '../print/style.ts'
import { Screen, type Terminal } from './screen.ts'
import { type Rates, ratesOf, type Snapshot, type Source } from './snapshot.ts'
import { afterKey, keysIn, type TopState } from './state.ts'
import { picture } from './view.ts'

/** A terminal with keys. */
export interface Console extends Terminal {
  /** `fn` hears what is typed, as it comes. */
  onInput(fn: (text: string) => void): void
  onResize(fn: () => void): void
  /** Nothing is heard any more. */
  release(): void
}

export interface ShowOptions {
  readonly source: Source
  readonly clock: Clock
  /** The addresses, for the heading. */
  readonly servers: string
  readonly everyMs: number
  readonly style: Style
}

export class Show {
  readonly #console: Console
  readonly #options: ShowOptions
  readonly #screen: Screen
  #state: TopState
  #before: Snapshot | null = null
  #rates: Rates | null = null
  #failure: string | null = null
  #time = ''
  #hasQuit = false
  /** Ends what `run` waits for, to look at the state again. */
  #wake = () => {}

  constructor(console: Console, options: ShowOptions) {
    this.#console = console
    this.#options = options
    this.#screen = new Screen(console)
    this.#state = { section: null, order: 'rate', scrolled: 0, isPaused: false, everyMs: options.everyMs }
  }

  /** Resolves to the exit code when somebody quits. */
  async run(): Promise<number> {
    this.#console.onResize(() => this.#draw())
    this.#console.onInput((text) => this.#typed(text))
    try {
      this.#draw()
      while (!this.#hasQuit) {
        const beganMs = this.#options.clock.monotonicMs()
        if (!this.#state.isPaused) await this.#orWoken(this.#look(), () => this.#hasQuit)
        if (!this.#hasQuit) await this.#rest(beganMs)
      }
      return 0
    } finally {
      this.#console.release()
      this.#screen.close()
    }
  }

  #typed(text: string): void {
    for (const key of keysIn(text)) {
      const next = afterKey(this.#state, key)
      if (next === null) this.#hasQuit = true
      else this.#state = next
    }
    this.#draw()
    this.#wake()
  }

  async #look(): Promise<void> {
    const { clock, source } = this.#options
    try {
      const snapshot = await source.look()
      this.#rates = ratesOf(this.#before, snapshot)
      this.#before = snapshot
      this.#failure = null
    } catch (error) {
      this.#failure = sentence(error).split('\n', 1)[0] ?? null
    }
    this.#time = new Date(clock.nowMs()).toISOString().slice('yyyy-mm-ddT'.length, 'yyyy-mm-ddThh:mm:ss'.length)
    this.#draw()
  }

  /** Until the interval is over, which a key may change meanwhile; without end where it is paused. */
  async #rest(beganMs: number): Promise<void> {
    const { clock } = this.#options
    const leftMs = () => beganMs + this.#state.everyMs - clock.monotonicMs()
    while (!this.#hasQuit && (this.#state.isPaused || leftMs() > 0)) {
      let cancel = () => {}
      const over = new Promise<void>((resolve) => {
        if (this.#state.isPaused) return
        const timer = clock.schedule(leftMs(), resolve)
        cancel = () => timer.cancel()
      })
      await this.#orWoken(over, () => true)
      cancel()
    }
  }

  /** Resolves with the work, or with a key after which `isEnough` holds. */
  #orWoken(work: Promise<void>, isEnough: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        if (isEnough()) resolve()
      }
      void work.then(resolve)
    })
  }

  #draw(): void {
    if (this.#hasQuit) return
    const { servers, source, style } = this.#options
    const heading = { servers, by: source.by, time: this.#time, failure: this.#failure }
    this.#screen.draw(picture(this.#rates, heading, this.#state, this.#console.rows, style))
  }
}
