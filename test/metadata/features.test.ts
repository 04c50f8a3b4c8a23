/** Features and levels are those of Apache's MetadataVersion and Feature (features.json). */
import t from 'tap'
import { LATEST_METADATA_LEVEL, metadataLevelName, metadataLevelOfRelease } from '../../src/config/release-versions.ts'
import { initialFeatureLevels, SUPPORTED_FEATURES } from '../../src/metadata/features.ts'
import * as version from '../../src/metadata/metadata-version.ts'
import { facts } from '../support/facts.ts'

interface Level {
  level: number
  version: string
  shortVersion: string
  metadataChanged: boolean
  isCidrAclSupported: boolean
  isControllerRegistrationSupported: boolean
  isControllerUnregistrationSupported: boolean
  isCordonedLogDirsSupported: boolean
  isDirectoryAssignmentSupported: boolean
  isLeaderEpochBumpRequiredOnIsrShrink: boolean
  isMetadataTransactionSupported: boolean
  partitionRecordVersion: number
  registerBrokerRecordVersion: number
}

interface Feature {
  minimumProduction: number
  latestProduction: number
  defaultLevelByMetadataVersion: Record<string, number>
}

const { 'metadata.version': metadata, ...others } = facts('features.json')
const levels = (metadata.levels as Level[]).filter(({ level }) => level <= metadata.latestProductionLevel)

t.test('levels of metadata.version, and what each stands for', (t) => {
  t.equal(version.MINIMUM_METADATA_LEVEL, metadata.minimumLevel)
  t.equal(LATEST_METADATA_LEVEL, metadata.latestProductionLevel)
  for (const level of levels) {
    t.equal(metadataLevelName(level.level), level.version)
    t.same(
      {
        isCidrAclSupported: version.supportsCidrAcls(level.level),
        isControllerRegistrationSupported: version.supportsControllerRegistration(level.level),
        isControllerUnregistrationSupported: version.supportsControllerUnregistration(level.level),
        isCordonedLogDirsSupported: version.supportsCordonedLogDirs(level.level),
        isDirectoryAssignmentSupported: version.supportsDirectoryAssignment(level.level),
        isLeaderEpochBumpRequiredOnIsrShrink: version.bumpsLeaderEpochOnIsrShrink(level.level),
        isMetadataTransactionSupported: version.supportsMetadataTransactions(level.level),
        metadataChanged:
          level.level === metadata.minimumLevel || version.changesMetadataBetween(level.level - 1, level.level),
        partitionRecordVersion: version.partitionRecordVersion(level.level),
        registerBrokerRecordVersion: version.registerBrokerRecordVersion(level.level),
      },
      Object.fromEntries(
        [
          'isCidrAclSupported',
          'isControllerRegistrationSupported',
          'isControllerUnregistrationSupported',
          'isCordonedLogDirsSupported',
          'isDirectoryAssignmentSupported',
          'isLeaderEpochBumpRequiredOnIsrShrink',
          'isMetadataTransactionSupported',
          'metadataChanged',
          'partitionRecordVersion',
          'registerBrokerRecordVersion',
        ].map((name) => [name, level[name as keyof Level]]),
      ),
      level.version,
    )
  }
  t.end()
})

t.test('a release is its last level, or the one that is named', (t) => {
  for (const { level, version } of levels) t.equal(metadataLevelOfRelease(version), level)
  for (const { shortVersion } of levels) {
    const last = levels.findLast((each) => each.shortVersion === shortVersion)!
    t.equal(metadataLevelOfRelease(shortVersion), last.level)
    t.equal(metadataLevelOfRelease(`${shortVersion}.1`), last.level)
  }
  for (const unknown of ['', '4', '3.2', '4.5', '4.4-IV3', 'newest', '4.', '.'])
    t.equal(metadataLevelOfRelease(unknown), null, unknown)
  t.end()
})

t.test('ranges, and the levels that a new cluster begins with', (t) => {
  for (const [name, feature] of Object.entries(others as Record<string, Feature>)) {
    const { minimumProduction: minSupportedVersion, latestProduction: maxSupportedVersion } = feature
    t.match(
      SUPPORTED_FEATURES.find((each) => each.name === name),
      { minSupportedVersion, maxSupportedVersion },
    )
    // The set of voters is no matter of the metadata.
    if (name === 'kraft.version') continue
    for (const { level } of levels) {
      const defaults = Object.entries(feature.defaultLevelByMetadataVersion)
      const expected = defaults.findLast(([since]) => metadataLevelOfRelease(since)! <= level)![1]
      const found = initialFeatureLevels(level).find(([each]) => each === name)
      t.equal(found?.[1] ?? 0, expected, `${name} at ${level}`)
    }
  }
  t.end()
})
