/** Other levels of features: what the log may hold, and what clients may rely on (KIP-584, KIP-778, KIP-1022). */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { UpdateFeaturesRequest, UpdateFeaturesResponse } from '../../../protocol/messages/update-features.ts'
import type { Encodable } from '../../../protocol/schema.ts'
import { ELR_FEATURE, KRAFT_VERSION, metadataLevel, SUPPORTED_FEATURES } from '../../metadata/features.ts'
import type { SupportedVersionRange } from '../../metadata/image/cluster-image.ts'
import { ConfigResourceType } from '../../metadata/image/configurations-image.ts'
import type { MetadataImage } from '../../metadata/image/metadata-image.ts'
import { standalone } from '../../metadata/image/quorum-image.ts'
import type { MetadataRecord } from '../../metadata/metadata-record.ts'
import { changesMetadataBetween, ELR_LEVEL, METADATA_VERSION } from '../../metadata/metadata-version.ts'
import { clusterMinInsyncReplicas, MIN_INSYNC_REPLICAS } from './activation.ts'
import type { CommandContext, CommandResult, CommandState } from './command.ts'

type Response = Encodable<typeof UpdateFeaturesResponse>

const UpgradeType = { UPGRADE: 1, SAFE_DOWNGRADE: 2, UNSAFE_DOWNGRADE: 3 } as const
/** Up to here each feature is answered for itself. */
const LAST_VERSION_WITH_RESULTS = 1
/** Kafka's words for an error that is none. */
const NONE = 'NONE'

interface Update {
  readonly feature: string
  readonly level: number
  readonly upgradeType: number
}

/** All of them or none: the first that cannot be refuses the rest. */
export function updateFeatures(
  state: CommandState,
  request: UpdateFeaturesRequest,
  { apiVersion }: Pick<CommandContext, 'apiVersion'>,
): CommandResult<Response> {
  const updates = new Map(
    request.featureUpdates.map(({ feature, maxVersionLevel, upgradeType }) => [
      feature,
      { feature, level: maxVersionLevel, upgradeType },
    ]),
  )
  const levels = new Map([
    ...state.image.features,
    ...[...updates.values()].map(({ feature, level }) => [feature, level] as const),
  ])
  levels.set(METADATA_VERSION, updates.get(METADATA_VERSION)?.level ?? metadataLevel(state.image))
  try {
    for (const update of updates.values()) check(state, update, levels)
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    const errorMessage = `The update failed for all features since the following feature had an error: ${error.message}`
    return { records: [], response: { errorCode: error.code, errorMessage } }
  }
  const names = [...updates.keys()]
  const results = names.map((feature) => ({ feature, errorCode: ErrorCode.NONE, errorMessage: NONE }))
  return {
    ...(request.validateOnly ? { records: [] } : changeOf(state, [...updates.values()])),
    response: { errorMessage: null, ...(apiVersion <= LAST_VERSION_WITH_RESULTS && { results }) },
  }
}

const invalid = (message: string): KafkaError => new KafkaError(ErrorCode.INVALID_UPDATE_VERSION, message)

function check(state: CommandState, update: Update, levels: ReadonlyMap<string, number>): void {
  const { image, nodeId } = state
  const { feature, level, upgradeType } = update
  const refuse = (why: string) => invalid(`Invalid update version ${level} for feature ${feature}. ${why}`)
  if (!Object.values<number>(UpgradeType).includes(upgradeType)) {
    throw refuse('The controller does not support the given upgrade type.')
  }
  if (level < 0) throw refuse('A feature version cannot be less than 0.')
  const unsupported = reasonNotSupported(image, nodeId, feature, level)
  if (unsupported !== null) throw refuse(unsupported)
  const current = levelOf(image, feature)
  if (level < current && upgradeType === UpgradeType.UPGRADE) {
    throw refuse(
      "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.",
    )
  }
  if (level > current && upgradeType !== UpgradeType.UPGRADE) throw refuse("Can't downgrade to a newer version.")
  if (!SUPPORTED_FEATURES.some(({ name }) => name === feature)) throw refuse(`Feature ${feature} not found.`)
  if (feature === METADATA_VERSION) checkMetadataVersion(current, update)
  else if (feature === KRAFT_VERSION) {
    // The log says who votes from there on, and nobody takes that out of it again (KIP-853).
    if (level < current) throw refuse("Can't downgrade the version of this feature.")
  } else if (feature === ELR_FEATURE && level > 0 && levels.get(METADATA_VERSION)! < ELR_LEVEL) {
    throw refuse(`${feature} could not be set to ${level} because it depends on ${METADATA_VERSION} level ${ELR_LEVEL}`)
  }
}

function levelOf(image: MetadataImage, feature: string): number {
  if (feature === METADATA_VERSION) return metadataLevel(image)
  return feature === KRAFT_VERSION ? image.quorum.kraftVersion : (image.features.get(feature) ?? 0)
}

/** Every node must be able to read what the level lets the others write. */
function reasonNotSupported(image: MetadataImage, nodeId: number, feature: string, level: number): string | null {
  const nodes: [string, readonly SupportedVersionRange[]][] = [[`Local controller ${nodeId}`, SUPPORTED_FEATURES]]
  for (const { brokerId, features } of image.cluster.brokers.values()) nodes.push([`Broker ${brokerId}`, features])
  for (const [node, features] of nodes) {
    const range = features.find(({ name }) => name === feature)
    const { minSupportedVersion: least, maxSupportedVersion: most } = range ?? NOT_THERE
    if (level >= least && level <= most) continue
    return most === 0 ? `${node} does not support this feature.` : `${node} only supports versions ${least}-${most}`
  }
  return null
}

const NOT_THERE = { minSupportedVersion: 0, maxSupportedVersion: 0 }

/** Back is possible only where the levels between brought nothing new into the log: nobody takes records out of it. */
function checkMetadataVersion(current: number, { level, upgradeType }: Update): void {
  if (level >= current || !changesMetadataBetween(level, current)) return
  const why =
    upgradeType === UpgradeType.UNSAFE_DOWNGRADE
      ? 'Unsafe metadata downgrade is not supported in this version.'
      : 'Refusing to perform the requested downgrade because it might delete metadata information.'
  throw invalid(`Unsupported metadata.version downgrade from ${current} to ${level}. ${why}`)
}

/** A raised kraft.version is the quorum's, which the log describes from there on; every other level is a record. */
function changeOf(
  state: CommandState,
  updates: readonly Update[],
): Pick<CommandResult<Response>, 'records' | 'quorum'> {
  const { image, voter } = state
  const raised = updates.find(({ feature, level }) => feature === KRAFT_VERSION && level > image.quorum.kraftVersion)
  const records = recordsOf(state, updates)
  return raised === undefined ? { records } : { records, quorum: standalone(voter) }
}

function recordsOf({ image, config }: CommandState, updates: readonly Update[]): MetadataRecord[] {
  const wantsElr = updates.some(({ feature, level }) => feature === ELR_FEATURE && level > 0)
  // Eligible leaders are judged by one minimum for all: the log gets one, and brokers lose their own (KIP-966).
  const has = (name: string) => image.configs.get({ type: ConfigResourceType.BROKER, name }).has(MIN_INSYNC_REPLICAS)
  const own = [...image.configs].filter(
    ([{ type, name }]) => type === ConfigResourceType.BROKER && name !== '' && has(name),
  )
  const safety: MetadataRecord[] = [
    ...(has('') ? [] : [clusterMinInsyncReplicas(config)]),
    ...own.map(([{ type, name }]): MetadataRecord => {
      const value = { resourceType: type, resourceName: name, name: MIN_INSYNC_REPLICAS, value: null }
      return { type: 'ConfigRecord', version: 0, value }
    }),
  ]
  const levels = updates
    .filter(({ feature }) => feature !== KRAFT_VERSION)
    .map(({ feature, level }): MetadataRecord => {
      return { type: 'FeatureLevelRecord', version: 0, value: { name: feature, featureLevel: level } }
    })
  return [...(wantsElr ? safety : []), ...levels]
}
