/** `--command-config client.properties`: how a command comes into a cluster that asks who it is, as Apache's tools are told. */
import { parseProperties } from '../config/sources/properties-file.ts'
import { ConfigError } from '../config/values.ts'
import type { Environment } from '../env/index.ts'
import type { ClientSecurity } from '../security/client-security.ts'

/** `path`: undefined where nothing was said, which is PLAINTEXT. Throws `ConfigError`. */
export async function commandSecurity(
  path: string | undefined,
  environment: Environment,
): Promise<ClientSecurity | null> {
  if (path === undefined) return null
  const bytes = await environment.files.readFile(path).catch((error: Error) => {
    throw new ConfigError(`The file ${path} of --command-config cannot be read: ${error.message}`)
  })
  const { clientPropertiesSecurity } = await import('../security/client-security.ts')
  const warn = (...args: unknown[]) => process.stderr.write(`samsa: ${args.at(-1)}\n`)
  const logger = { debug: () => {}, info: () => {}, warn, error: warn }
  return clientPropertiesSecurity(parseProperties(bytes.toString('utf8')), { environment, logger })
}
