import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** Facts and golden vectors of Apache Kafka; `SAMSA_FACTS` names another place than the one beside the checkout. */
export const factsFolder = process.env.SAMSA_FACTS ?? resolve(import.meta.dirname, '../../../shared/kafka-4.4')
/** The same of the versions that Apache Kafka 4 has dropped, which lie with the facts of 4.3. */
export const droppedFactsFolder = resolve(factsFolder, '../kafka/legacy')

/** The parsed file: `facts('errors.json')`. */
// biome-ignore lint/suspicious/noExplicitAny: the shape is that of the file, which the test knows.
export function facts(...path: string[]): any {
  return JSON.parse(readFileSync(resolve(factsFolder, ...path), 'utf8'))
}

/** The names of the JSON files of a folder, without `.json`. */
export function factNames(folder: string): string[] {
  return readdirSync(resolve(factsFolder, folder))
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort()
}
