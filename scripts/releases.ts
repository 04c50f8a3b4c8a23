/**
 * Writes `src/dispatch/releases/releases.json`: what each release of Kafka answers to ApiVersions, which its own classes say
 * (`releases/Releases.java`), from Apache's jars in Maven. A release is a line; another one is one more entry here.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jdk } from './toolchain/java.ts'
import { capture, repositoryRoot } from './toolchain/lookup.ts'

/** The last patch of each minor release. */
const ZOOKEEPER = [
  ...['0.10.2.2', '0.11.0.3', '1.0.2', '1.1.1', '2.0.1', '2.1.1', '2.2.2', '2.3.1', '2.4.1', '2.5.1', '2.6.3', '2.7.2'],
  ...['2.8.2', '3.0.2', '3.1.2', '3.2.3'],
]
/** From here on a cluster of KRaft was one for production: features are theirs. */
const KRAFT = [
  '3.3.2',
  '3.4.1',
  '3.5.2',
  '3.6.2',
  '3.7.2',
  '3.8.1',
  '3.9.1',
  '4.0.1',
  '4.1.1',
  '4.2.0',
  '4.3.1',
  '4.4.0',
]
/** `kafka-server` is part of the broker since this one. */
const FIRST_WITH_SERVER = '3.7.2'

const OF_BROKER = ['kafka_2.13', 'kafka-clients', 'kafka-server-common', 'kafka-metadata', 'kafka-raft']
const LIBRARIES: readonly (readonly [group: string, artifact: string, version: string])[] = [
  ['org.scala-lang', 'scala-library', '2.13.18'],
  ['com.typesafe.scala-logging', 'scala-logging_2.13', '3.9.5'],
  ['org.slf4j', 'slf4j-api', '1.7.36'],
  ['commons-validator', 'commons-validator', '1.9.0'],
  ['ch.qos.reload4j', 'reload4j', '1.2.25'],
]

const nameOf = (version: string) => version.split('.').slice(0, 2).join('.')
const item = (folder: string, [groupId, artifactId, version]: readonly [string, string, string]) =>
  `<artifactItem><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version><outputDirectory>${folder}</outputDirectory></artifactItem>`

const jars = await mkdtemp(join(tmpdir(), 'releases-'))
try {
  const folderOf = (version: string) => join(jars, nameOf(version))
  const ofClients = ZOOKEEPER.map((version) => item(folderOf(version), ['org.apache.kafka', 'kafka-clients', version]))
  const ofBrokers = KRAFT.flatMap((version, index) => {
    const artifacts = index >= KRAFT.indexOf(FIRST_WITH_SERVER) ? [...OF_BROKER, 'kafka-server'] : OF_BROKER
    const kafka = artifacts.map((artifact) => item(folderOf(version), ['org.apache.kafka', artifact, version]))
    return [...kafka, ...LIBRARIES.map((library) => item(folderOf(version), library))]
  })
  const slf4j = ZOOKEEPER.map((version) => item(folderOf(version), ['org.slf4j', 'slf4j-api', '1.7.36']))
  await mkdir(jars, { recursive: true })
  await writeFile(join(jars, 'pom.xml'), pom([...ofClients, ...slf4j, ...ofBrokers]))
  await capture('mvn', ['-q', '-B', '-f', join(jars, 'pom.xml'), 'dependency:copy'])
  const java = await jdk()
  if (!java.ok) throw new Error(java.reason)
  const source = join(import.meta.dirname, 'releases/Releases.java')
  const folders = [...ZOOKEEPER, ...KRAFT].map((version) => `${folderOf(version)}=${version}`)
  const { stdout } = await capture(java.tool.path, [source, ...folders])
  JSON.parse(stdout)
  await writeFile(join(repositoryRoot, 'src/dispatch/releases/releases.json'), stdout)
} finally {
  await rm(jars, { recursive: true, force: true })
}

function pom(items: readonly string[]): string {
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>samsa.toolchain</groupId><artifactId>releases</artifactId><version>1</version><packaging>pom</packaging>
  <build><plugins><plugin>
    <groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin</artifactId><version>3.8.1</version>
    <configuration><artifactItems>
      ${items.join('\n      ')}
    </artifactItems></configuration>
  </plugin></plugins></build>
</project>
`
}
