import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { installDebianPackages } from './debian.ts'
import type { Jdk } from './java.ts'
import { jdk } from './java.ts'
import type { Lookup } from './lookup.ts'
import { cacheDirectory, capture, lastWords, missing, once, onPath, present } from './lookup.ts'

const pomPath = join(import.meta.dirname, 'apache-kafka/pom.xml')

export interface ApacheKafka {
  version: string
  jdk: Jdk
  /** Directory with the jars of the broker, its tools, clients and Streams. */
  libraries: string
  classPath: string
}

/** Apache Kafka's jars through Maven, fetched once: the reference broker, Apache's tools and the Java clients. */
export const apacheKafka = once(async (): Promise<Lookup<ApacheKafka>> => {
  const java = await jdk()
  if (!java.ok) return java
  const pom = await readFile(pomPath, 'utf8')
  const version = /<kafka\.version>([^<]+)</.exec(pom)?.[1] ?? ''
  const home = join(cacheDirectory, `apache-kafka-${version}`)
  try {
    await fetchJars(home, createHash('sha256').update(pom).digest('hex'))
  } catch (error) {
    return missing(`Apache Kafka ${version} could not be fetched (${lastWords(error)}); it takes Maven 3 on PATH`)
  }
  const libraries = join(home, 'libs')
  return present({ version, jdk: java.tool, libraries, classPath: join(libraries, '*') })
})

/** The pom's digest beside the jars says that they are complete and of this pom. */
async function fetchJars(home: string, digest: string): Promise<void> {
  const stamp = join(home, 'pom.sha256')
  if ((await readFile(stamp, 'utf8').catch(() => '')) === digest) return
  if (!onPath('mvn')) await installDebianPackages(['maven'])
  await mkdir(home, { recursive: true })
  const fresh = await mkdtemp(join(home, 'fetch-'))
  try {
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${fresh}/libs`]
    await capture('mvn', ['-q', '-B', '-f', pomPath, ...goal])
    await rm(join(home, 'libs'), { recursive: true, force: true })
    await rename(join(fresh, 'libs'), join(home, 'libs'))
    await writeFile(stamp, digest)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}
