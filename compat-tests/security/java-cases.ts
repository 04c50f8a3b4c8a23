/** Cases that only Java has: key stores and trust stores of its own kinds. */
import type { Case } from '../support/suite.ts'
import { type Access, attempt, expectOutcome } from './attempts.ts'
import { type JavaOptions, javaClient } from './clients.ts'
import { TOPIC } from './login-cases.ts'
import { at, STORE_PASSWORD, store } from './secure-broker.ts'

const STORES = [
  { type: 'JKS', extension: 'jks' },
  { type: 'PKCS12', extension: 'p12' },
] as const

export const javaCases = (java: JavaOptions): Case[] =>
  STORES.map(({ type, extension }) => ({
    name: `Java over SSL: certificates in stores of ${type}`,
    timeoutMs: 180_000,
    async run({ broker, after }) {
      let identity = 'client'
      const client = javaClient(java, ({ protocol }: Access) => ({
        'security.protocol': protocol,
        'ssl.truststore.type': type,
        'ssl.truststore.location': store(`trust.${extension}`),
        'ssl.truststore.password': STORE_PASSWORD,
        'ssl.keystore.type': type,
        'ssl.keystore.location': store(`${identity}.${extension}`),
        'ssl.keystore.password': STORE_PASSWORD,
        'ssl.key.password': STORE_PASSWORD,
      }))
      after(() => client.stop())
      expectOutcome(await attempt(client, at(broker, 'SSL'), TOPIC), 'ok', 'a known client')
      identity = 'ec'
      expectOutcome(await attempt(client, at(broker, 'SSL'), TOPIC), ['tls', 'closed'], 'an unknown client')
    },
  }))
