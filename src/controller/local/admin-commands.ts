import type { AdminApi, AdminApis } from '../admin-requests.ts'
import { alterClientQuotas } from '../commands/alter-client-quotas.ts'
import { alterConfigs, incrementalAlterConfigs } from '../commands/alter-configs.ts'
import { alterUserScramCredentials } from '../commands/alter-user-scram-credentials.ts'
import type { Command } from '../commands/command.ts'
import { createAcls } from '../commands/create-acls.ts'
import { createPartitions } from '../commands/create-partitions.ts'
import { createTopics } from '../commands/create-topics.ts'
import { createDelegationToken, expireDelegationToken, renewDelegationToken } from '../commands/delegation-tokens.ts'
import { deleteAcls } from '../commands/delete-acls.ts'
import { deleteTopics } from '../commands/delete-topics.ts'
import { describeQuorum } from '../commands/describe-quorum.ts'
import { electLeaders } from '../commands/elect-leaders.ts'
import { unregisterBroker } from '../commands/nodes/unregister-broker.ts'
import { unregisterController } from '../commands/nodes/unregister-controller.ts'
import { alterPartitionReassignments, listPartitionReassignments } from '../commands/partition-reassignments.ts'
import { updateFeatures } from '../commands/update-features.ts'

/** The command behind each request of the port. */
export const ADMIN_COMMANDS: { readonly [Api in AdminApi]: Command<AdminApis[Api][0], AdminApis[Api][1]> } = {
  AlterClientQuotas: alterClientQuotas,
  AlterConfigs: alterConfigs,
  AlterPartitionReassignments: alterPartitionReassignments,
  AlterUserScramCredentials: alterUserScramCredentials,
  CreateAcls: createAcls,
  CreateDelegationToken: createDelegationToken,
  CreatePartitions: createPartitions,
  CreateTopics: createTopics,
  DeleteAcls: deleteAcls,
  DeleteTopics: deleteTopics,
  DescribeQuorum: describeQuorum,
  ElectLeaders: electLeaders,
  ExpireDelegationToken: expireDelegationToken,
  IncrementalAlterConfigs: incrementalAlterConfigs,
  ListPartitionReassignments: (state, request) => ({
    records: [],
    response: listPartitionReassignments(state.image, request),
  }),
  RenewDelegationToken: renewDelegationToken,
  UnregisterBroker: unregisterBroker,
  UnregisterController: unregisterController,
  UpdateFeatures: updateFeatures,
}
