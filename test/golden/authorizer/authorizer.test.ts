/** samsa's authorizer beside Apache's StandardAuthorizer, on random ACLs (`Authorizations.java`). */
import { readFileSync } from 'node:fs'
import t from 'tap'
import type { AclOperation, ResourceType } from '../../../protocol/acl.ts'
import { StandardAuthorizer } from '../../../src/security/acl/standard-authorizer.ts'

type Acl = [number, string, number, string, string, number, number]
type Question = [string, string, AclOperation, ResourceType, string | null, boolean]
interface Case {
  readonly open: boolean
  readonly acls: readonly Acl[]
  readonly questions: readonly Question[]
}

const cases: readonly Case[] = JSON.parse(readFileSync(new URL('cases.json', import.meta.url), 'utf8'))

const record = (
  [resourceType, resourceName, patternType, principal, host, operation, permissionType]: Acl,
  i: number,
) => ({
  id: String(i),
  resourceType,
  resourceName,
  patternType,
  principal,
  host,
  operation,
  permissionType,
})

t.test('every verdict of Apache on random ACLs', (t) => {
  const counts = { allowed: 0, denied: 0, onAny: 0 }
  for (const { open, acls, questions } of cases) {
    const authorizer = new StandardAuthorizer({ superUsers: new Set(['User:super']), isOpenByDefault: open })
    authorizer.change([], acls.map(record))
    for (const question of questions) {
      const [client, address, operation, resource, name, allowed] = question
      const colon = client.indexOf(':')
      const judge = authorizer.client({ type: client.slice(0, colon), name: client.slice(colon + 1) }, address)
      const verdict =
        name === null ? judge.isAllowedOnAny(operation, resource) : judge.judge(operation, resource, name).isAllowed
      if (verdict !== allowed) t.fail(`${JSON.stringify(question)}`, { acls, open })
      counts[name === null ? 'onAny' : allowed ? 'allowed' : 'denied']++
    }
  }
  t.ok(counts.allowed > 500 && counts.denied > 500 && counts.onAny > 500, JSON.stringify(counts))
  t.end()
})
