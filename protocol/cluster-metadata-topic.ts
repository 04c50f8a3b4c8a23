/** The log of the quorum (KIP-500): a topic that no client may create, write or delete. */
export const CLUSTER_METADATA_TOPIC = '__cluster_metadata'
