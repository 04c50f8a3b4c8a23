import { join } from 'node:path'
import { once } from './lookup.ts'
import { type JavaLibraries, mavenLibraries } from './maven.ts'

const pomPath = join(import.meta.dirname, 'apache-kafka/pom.xml')

/** Jars of the broker, its tools, clients and Streams. */
export type ApacheKafka = JavaLibraries

/** Apache Kafka's jars through Maven, fetched once: the reference broker, Apache's tools and the Java clients. */
export const apacheKafka = once(() => mavenLibraries('apache-kafka', pomPath, 'kafka.version'))

/** The last release before: what stands for a cluster that is not upgraded yet. */
const PREVIOUS_VERSION = '4.3.1'

/** The same jars of the release before. */
export const previousApacheKafka = once(() =>
  mavenLibraries('apache-kafka', pomPath, 'kafka.version', { 'kafka.version': PREVIOUS_VERSION }),
)
