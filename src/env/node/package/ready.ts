import { channel } from 'node:diagnostics_channel'

/** The channel on which a process says that a broker of it answers. */
export const READY = 'samsa:ready'

/** The start is over: what was put off until then begins. */
export function tellReady(): void {
  channel(READY).publish(undefined)
}
