import type { Clock } from '../env/index.ts'

/**
 * Gathers questions to other brokers: those for one broker that come in the same turn of the loop are sent together, once
 * the turn is over.
 */
export function gathered<Question>(
  clock: Clock,
  send: (brokerId: number, all: readonly Question[]) => void,
): (brokerId: number, question: Question) => void {
  const queues = new Map<number, Question[]>()
  return (brokerId, question) => {
    const queue = queues.get(brokerId)
    if (queue !== undefined) return void queue.push(question)
    const all = [question]
    queues.set(brokerId, all)
    clock.defer(() => {
      queues.delete(brokerId)
      send(brokerId, all)
    })
  }
}
