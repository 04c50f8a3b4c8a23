/** The outcome of each thing that an administrator has asked for. */
import { ErrorCode, errorMessage, KafkaError } from '../../../protocol/errors.ts'

/** Kafka's code for one item of a request, and the broker's words where it has any. */
export interface Outcome {
  readonly errorCode: number
  readonly errorMessage: string | null
}

/** Throws the error that the broker has answered, in its words or else in Kafka's for the code. `of`: what it is about. */
export function ensure(code: number, words?: string | null, of?: string): void {
  if (code === ErrorCode.NONE) return
  const said = words ?? errorMessage(code) ?? undefined
  throw new KafkaError(code, of === undefined ? said : `${of}: ${said}`)
}

/** The one error that speaks of the broker and not of an item: another one is the controller by now. */
export const notController = (items: readonly { readonly errorCode: number }[]): number =>
  items.find(({ errorCode }) => errorCode === ErrorCode.NOT_CONTROLLER)?.errorCode ?? ErrorCode.NONE
