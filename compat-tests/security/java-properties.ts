/** An access as the properties of Apache's Java client. */
import type { Access } from './attempts.ts'

const MODULES = {
  PLAIN: 'plain.PlainLoginModule',
  'SCRAM-SHA-256': 'scram.ScramLoginModule',
  'SCRAM-SHA-512': 'scram.ScramLoginModule',
  OAUTHBEARER: 'oauthbearer.OAuthBearerLoginModule',
}

const TOKEN_HANDLER = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler'

export function javaProperties(access: Access): Record<string, string> {
  const { protocol, ca, identity, mechanism, tokenFile } = access
  return {
    'security.protocol': protocol,
    ...(ca !== undefined && { 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': ca }),
    ...(identity !== undefined && { 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': identity }),
    ...(mechanism !== undefined && { 'sasl.mechanism': mechanism, 'sasl.jaas.config': jaasText(access, mechanism) }),
    ...(tokenFile !== undefined && {
      'sasl.login.callback.handler.class': TOKEN_HANDLER,
      'sasl.oauthbearer.token.endpoint.url': `file://${tokenFile}`,
    }),
  }
}

function jaasText({ username, password, tokenAuth, tokenFile }: Access, mechanism: keyof typeof MODULES): string {
  const module = `org.apache.kafka.common.security.${MODULES[mechanism]} required`
  if (mechanism === 'OAUTHBEARER') {
    return tokenFile === undefined ? `${module} unsecuredLoginStringClaim_sub="${username}";` : `${module};`
  }
  return `${module} username="${username}" password="${password}"${tokenAuth ? ' tokenauth="true"' : ''};`
}
