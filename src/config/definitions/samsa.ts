import { int } from '../definition.ts'

/** Keys of samsa's own. Apache would ignore them. */
export const samsaDefinitions = {
  'samsa.shutdown.timeout.ms': int(4_000, {
    min: 0,
    documentation:
      'How long a graceful stop waits for requests in flight to be answered before their connections are closed.',
  }),
} as const
