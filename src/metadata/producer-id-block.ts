/** Producer ids that the controller has set aside for one broker (KIP-730): `size` of them from `firstId` on. */
export interface ProducerIdBlock {
  readonly firstId: bigint
  readonly size: number
}
