import { join } from 'node:path'
import { once } from './lookup.ts'
import { type JavaLibraries, mavenLibraries } from './maven.ts'

const pomPath = join(import.meta.dirname, 'apache-kafka/pom.xml')

/** Jars of the broker, its tools, clients and Streams. */
export type ApacheKafka = JavaLibraries

/** Apache Kafka's jars through Maven, fetched once: the reference broker, Apache's tools and the Java clients. */
export const apacheKafka = once(() => mavenLibraries('apache-kafka', pomPath, 'kafka.version'))
