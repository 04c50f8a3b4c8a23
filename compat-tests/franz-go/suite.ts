import { goSuite } from '../support/go.ts'
import type { SkippedSuite, Suite } from '../support/suite.ts'

export async function loadSuite(): Promise<Suite | SkippedSuite> {
  return goSuite('franz-go', {
    knownFailures: {
      'admin: ACLs without an authorizer': 'CreateAcls is not among the APIs yet',
      'admin: SCRAM users': 'AlterUserScramCredentials is not among the APIs yet',
    },
  })
}
