import { join } from 'node:path'
import { once } from './lookup.ts'
import { mavenLibraries } from './maven.ts'

const pomPath = join(import.meta.dirname, 'apache-integration/pom.xml')

/** Apache Kafka's integration tests with everything they run on. */
export const apacheIntegrationTests = once(() => mavenLibraries('apache-integration', pomPath, 'kafka.version'))
