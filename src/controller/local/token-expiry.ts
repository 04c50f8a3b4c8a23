import type { BrokerConfig } from '../../config/broker-config.ts'
import type { Clock, Environment, Timer } from '../../env/index.ts'
import type { Logger } from '../../env/logger.ts'
import { tokenSecretKey } from '../../security/delegation-tokens.ts'
import { removeExpiredTokens } from '../commands/delegation-tokens.ts'
import type { CommandLog } from './command-log.ts'

interface Options {
  readonly config: BrokerConfig
  readonly environment: Pick<Environment, 'clock'>
  readonly logger: Logger
}

/**
 * Removes delegation tokens that have expired, every `delegation.token.expiry.check.interval.ms`. Nobody can log in with
 * one meanwhile. null: tokens are off.
 */
export function removeExpiredTokensFromTimeToTime(
  { config, environment, logger }: Options,
  commands: CommandLog,
): Timer | null {
  if (tokenSecretKey(config) === null) return null
  return every(environment.clock, config.get('delegation.token.expiry.check.interval.ms'), async () => {
    try {
      for (const { tokenId, owner } of await commands.run(removeExpiredTokens)) {
        logger.info(`The delegation token ${tokenId} of ${owner} has expired and is removed`)
      }
    } catch (err) {
      logger.error({ err }, 'Expired delegation tokens could not be removed; this is tried again')
    }
  })
}

function every(clock: Clock, intervalMs: number, work: () => Promise<void>): Timer {
  let isCancelled = false
  const wait = (): Timer =>
    clock.schedule(intervalMs, async () => {
      await work()
      if (!isCancelled) timer = wait()
    })
  let timer = wait()
  return {
    cancel() {
      isCancelled = true
      timer.cancel()
    },
  }
}
