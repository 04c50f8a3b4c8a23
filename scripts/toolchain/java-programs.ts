import { join } from 'node:path'
import type { Lookup } from './lookup.ts'
import { type JavaLibraries, mavenLibraries } from './maven.ts'

const pom = (name: string): string => join(import.meta.dirname, name, 'pom.xml')

/** Apache's Java client of any version, without anything else. */
export const kafkaClients = (version: string): Promise<Lookup<JavaLibraries>> =>
  mavenLibraries('kafka-clients', pom('kafka-clients'), 'client.version', { 'client.version': version })

/** Kafka Connect with its file connectors, and MirrorMaker 2. */
export const kafkaConnect = (): Promise<Lookup<JavaLibraries>> =>
  mavenLibraries('connect', pom('connect'), 'kafka.version')

/** JUnit with its console, and the Java client beside it. */
export const junit = (): Promise<Lookup<JavaLibraries>> => mavenLibraries('junit', pom('junit'), 'junit.version')

export const springKafka = (): Promise<Lookup<JavaLibraries>> =>
  mavenLibraries('spring-kafka', pom('spring-kafka'), 'spring-kafka.version')
