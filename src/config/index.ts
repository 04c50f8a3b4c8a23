export { BrokerConfig, type DynamicLevel } from './broker-config.ts'
export { type CatalogueEntry, CONFIG_SCOPES, catalogue } from './catalogue.ts'
export type { Properties } from './config-reader.ts'
export { samsaDefaults } from './defaults.ts'
export {
  type ConfigEntry,
  ConfigSource,
  type ConfigSynonym,
  describeBroker,
  describeClusterDefaults,
  describeGroup,
  describeTopic,
} from './describe.ts'
export { apacheDocumentation, type Documentation } from './documentation.ts'
export { validateDynamicConfigs } from './dynamic.ts'
export {
  controlListener,
  DEFAULT_HTTP_LISTENERS,
  DEFAULT_REGISTRY_LISTENER,
  HTTP_LISTENER_NAME,
  type HttpEndpoint,
  httpUrl,
  isLoopback,
  isServedBy,
  parseHttpListeners,
} from './http-listeners.ts'
export {
  type AdvertisedEndpoint,
  advertisedControllers,
  advertisedListeners,
  bootstrapServer,
  brokerListeners,
  controllerListeners,
  type Endpoint,
  interBrokerListenerName,
  type SecurityProtocol,
} from './listeners.ts'
export { nearestName } from './nearest-name.ts'
export { type KafkaRelease, RELEASES } from './release-versions.ts'
export { isControllerAlone, isObserver, mayHavePeers } from './roles.ts'
export { checkBrokerConfig, connectionOverrides } from './rules/broker-rules.ts'
export { cordonedLogDirs } from './rules/cordoned-log-dirs.ts'
export { withinGroupBounds } from './rules/group-bounds.ts'
export { AUTHORIZER } from './rules/security-rules.ts'
export { type AclToCreate, formatAcls, operationNamed, parseAcls, parseSuperUsers } from './sources/acls.ts'
export { propertiesOfEnvironment } from './sources/environment-variables.ts'
export { parseProperties } from './sources/properties-file.ts'
export { type ConfigSources, type LoadedConfig, loadConfig } from './sources/sources.ts'
export { formatTopicsToCreate, parseTopicsToCreate, type TopicToCreate } from './sources/topics-to-create.ts'
export { easyProtocol, formatUsers, PASSWORD_MECHANISMS, parseUsers } from './sources/users.ts'
export {
  type BrokerConfigName,
  type BrokerConfigValues,
  type GroupConfigName,
  isSecretConfig,
  type TopicConfigName,
} from './tables.ts'
export {
  type GroupConfig,
  groupConfig,
  type TopicConfig,
  validateGroupConfigs,
  validateTopicConfigs,
} from './topic-config.ts'
export { ConfigError } from './values.ts'
export { type ConfigScope, effectOf, warningWithoutEffect } from './without-effect.ts'
