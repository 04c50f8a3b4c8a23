import { BrokerConfig } from '../../../src/config/index.ts'
import { voterOf } from '../../../src/controller/voter.ts'

/** The node 1, without a listener for its controller. */
export const VOTER = voterOf(new BrokerConfig({ 'node.id': '1' }), 'AAAAAAAAAAAAAAAAAAAABA')
