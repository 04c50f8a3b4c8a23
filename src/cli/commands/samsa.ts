import type { CommandDefinition } from '../definition/command.ts'
import { acls } from './acls.ts'
import { broker } from './broker.ts'
import { cluster } from './cluster.ts'
import { completion } from './completion.ts'
import { configs } from './configs.ts'
import { doctor } from './doctor.ts'
import { groups } from './groups.ts'
import { log } from './log.ts'
import { proxy } from './proxy.ts'
import { quotas } from './quotas.ts'
import { consume, produce, records } from './records.ts'
import { schemas } from './schemas.ts'
import { top } from './top.ts'
import { topicsCommand } from './topics.ts'
import { transactions } from './transactions.ts'
import { users } from './users.ts'

const commands: readonly CommandDefinition[] = [
  topicsCommand,
  produce,
  consume,
  records,
  groups,
  schemas,
  configs,
  acls,
  users,
  quotas,
  cluster,
  transactions,
  top,
  doctor,
  proxy,
  log,
  completion,
]

/** `samsa`: a broker, or one of the commands. */
export const samsa: CommandDefinition = { ...broker, commands }
