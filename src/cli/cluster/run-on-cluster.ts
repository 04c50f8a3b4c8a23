import { nodeEnvironment } from '../../env/node/index.ts'
import { Output } from '../output.ts'
import { type Answer, answerText } from '../print/answer.ts'
import { sentence } from '../print/sentence.ts'
import { styleFor } from '../print/style.ts'
import { openCluster } from './connection.ts'
import type { ClusterCommand, CommonOptions } from './context.ts'

/** Runs a command of a cluster and prints its answer. Resolves to the exit code: 0, or 1 when something was refused. */
export async function runOnCluster(
  command: ClusterCommand,
  words: readonly string[],
  options: CommonOptions,
): Promise<number> {
  const output = new Output()
  let close = () => {}
  try {
    const environment = nodeEnvironment()
    const client = await openCluster(options, environment)
    close = () => client.close()
    const answer = await command({ client, environment, words, options, output, style: styleFor(process.stdout) })
    if (typeof answer === 'number') return answer
    await printAnswer(answer, output, options)
    return answer.failures?.length ? 1 : 0
  } catch (error) {
    complain(error)
    return 1
  } finally {
    await output.flush()
    close()
  }
}

/** Sections for a person, or lines of JSON; then the failures. */
export async function printAnswer(
  answer: Answer,
  output: Output,
  { json }: Pick<CommonOptions, 'json'>,
): Promise<void> {
  if (json) for (const each of answer.json) await output.json(each)
  else {
    const text = answerText(answer, styleFor(process.stdout))
    if (text !== '') await output.line(text)
  }
  await output.flush()
  for (const failure of answer.failures ?? []) process.stderr.write(`samsa: ${failure}\n`)
}

/** One sentence on the standard error, in red where a person looks. */
export function complain(error: unknown): void {
  process.stderr.write(`${styleFor(process.stderr)('bad', 'samsa:')} ${sentence(error)}\n`)
}
