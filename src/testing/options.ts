import {
  AUTHORIZER,
  easyProtocol,
  formatAcls,
  formatTopicsToCreate,
  formatUsers,
  type KafkaRelease,
  PASSWORD_MECHANISMS,
} from '../config/index.ts'
import type { Logger } from '../env/logger.ts'
import { BOOLEAN, checkFields, OBJECT, oneOf, TEXT, TEXTS, type WantedFields, wholeFrom } from './misuse.ts'

export interface StartBrokerOptions {
  /** On loopback; 0 (the default) takes any free one. Ignored when `config` has `listeners`. */
  port?: number
  /**
   * A directory for the data, kept when the broker stops. Without it, and without `log.dirs` or `log.dir` in `config`, the
   * data is in memory, and gone with the broker.
   */
  data?: string
  /** A data directory to begin from, in memory: it is not changed. Brokers that begin from the same one share its pages. */
  from?: string
  /** `manual`: the time of the broker stands still until `broker.clock.advance` moves it. */
  clock?: 'manual'
  /**
   * To clients the broker is this release of Kafka: APIs, versions and features are those of its ApiVersions, requests of other
   * versions end as they would there.
   */
  like?: KafkaRelease
  /** Topics to create where they do not exist yet: `name`, or `name:partitions[:replicas][:key=value]…`. */
  topics?: readonly string[]
  /**
   * Name → password: only these get in, by PLAIN or SCRAM, and the listener is SASL_PLAINTEXT, or SASL_SSL with `tls`.
   */
  users?: Readonly<Record<string, string>>
  /**
   * The permissions of users, where nothing else is allowed: `alice:read,write:topic:orders*`, or with `deny:` before it.
   * The names are those of `users`. An empty list allows nothing but to the `super.users` of `config`.
   */
  acls?: readonly string[]
  /** The listener speaks TLS, with a certificate made for this broker: `RunningBroker.tls` has what clients need. */
  tls?: boolean
  /** Serve a schema registry too: `RunningBroker.schemaRegistryUrl` is its address. */
  registry?: boolean
  /** Kafka's broker configuration keys, over the options above. The process's environment is never looked at. */
  config?: Readonly<Record<string, string | number | boolean>>
  /**
   * Programs in any language control this broker by HTTP: `RunningBroker.controlUrl` says where. On loopback, on any free
   * port unless one is given.
   */
  control?: boolean | { readonly port?: number }
  /** Silent by default. */
  logger?: Logger
}

const OPTIONS: WantedFields = {
  port: wholeFrom(0),
  data: TEXT,
  from: TEXT,
  clock: oneOf('manual'),
  like: TEXT,
  topics: TEXTS,
  users: OBJECT,
  acls: TEXTS,
  tls: BOOLEAN,
  registry: BOOLEAN,
  config: OBJECT,
  control: {
    words: 'true, false, or an object with a `port`',
    holds: (value) => BOOLEAN.holds(value) || OBJECT.holds(value),
  },
  logger: OBJECT,
}

/** Throws a `TypeError` for an option that there is not, or that is of another kind. */
export const checkOptions = (options: StartBrokerOptions): void =>
  checkFields('What `startBroker` is given', options, OPTIONS)

/** The directories on disk for the data, as Kafka's list; null: it is in memory. */
export function directoriesOf({ data, config = {} }: StartBrokerOptions): string | null {
  const directories = config['log.dirs'] ?? data ?? config['log.dir']
  return directories === undefined ? null : String(directories)
}

/** Kafka's keys that the options stand for; `directories` is where the data is. */
export function propertiesOf(options: StartBrokerOptions, directories: string): [string, string][] {
  const { port = 0, topics = [], users, acls, like, registry = false, control = false, config = {} } = options
  const protocol = easyProtocol({ hasUsers: users !== undefined, hasTls: options.tls === true })
  return [
    ['listeners', `${protocol}://localhost:${port}`],
    ...(users === undefined ? [] : userProperties(users)),
    ...(acls === undefined ? [] : aclProperties(acls)),
    ...(like === undefined ? [] : likeProperties(like)),
    ...(registry ? REGISTRY_PROPERTIES : []),
    ['log.dirs', directories],
    ['samsa.create.topics', formatTopicsToCreate(topics)],
    ...controlProperties(control),
    ...Object.entries(config).map(([key, value]): [string, string] => [key, String(value)]),
  ]
}

const likeProperties = (like: KafkaRelease): [string, string][] => [['samsa.like', like]]

const REGISTRY_PROPERTIES: readonly [string, string][] = [['samsa.schema.registry.listeners', 'http://localhost:0']]

const controlProperties = (control: NonNullable<StartBrokerOptions['control']>): [string, string][] =>
  control === false ? [] : [['samsa.control.listener', `127.0.0.1:${control === true ? 0 : (control.port ?? 0)}`]]

const userProperties = (users: Readonly<Record<string, string>>): [string, string][] => [
  ['samsa.users', formatUsers(users)],
  ['sasl.enabled.mechanisms', PASSWORD_MECHANISMS],
]

const aclProperties = (acls: readonly string[]): [string, string][] => [
  ['authorizer.class.name', AUTHORIZER],
  ['samsa.acls', formatAcls(acls)],
]
