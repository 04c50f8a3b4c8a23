/** Permissions that are given and taken while a client is at work. */
import type { Case } from '../support/suite.ts'
import { expectOutcome, type SecurityClient } from './attempts.ts'
import { at, login } from './secure-broker.ts'
import { Operation, SuperUser } from './super-user.ts'

const BOTH = [Operation.READ, Operation.WRITE]

export const aclCases = (client: SecurityClient): Case[] => [
  {
    name: `${client.name}: ACLs that are revoked in mid-stream`,
    timeoutMs: 240_000,
    async run({ broker, unique, after }) {
      const superUser = new SuperUser(broker)
      after(() => superUser.close())
      after(() => client.close())
      const topic = unique('revoked')
      await superUser.createTopic(topic)
      // While others have ACLs on a topic, it is not open to everyone.
      await superUser.allow(topic, 'keeper', BOTH)
      await superUser.allow(topic, 'alice', BOTH)
      const open = async () =>
        expectOutcome(
          await client.open({ ...at(broker, 'SASL_SSL'), ...login('SCRAM-SHA-256', 'alice') }, topic),
          'ok',
          'a login',
        )
      await open()
      expectOutcome(await client.send(topic, 'one'), 'ok', 'a record')
      expectOutcome(await client.read(topic, 'one'), 'ok', 'a record that is read')
      await superUser.revoke(topic, 'alice')
      expectOutcome(await client.send(topic, 'two'), 'authorization', 'a record after the revocation')
      expectOutcome(await client.read(topic, 'two'), 'authorization', 'a read after the revocation')
      await client.close()
      await superUser.allow(topic, 'alice', BOTH)
      await open()
      expectOutcome(await client.send(topic, 'three'), 'ok', 'a record of one who is allowed again')
      expectOutcome(await client.read(topic, 'three'), 'ok', 'a read of one who is allowed again')
    },
  },
]
