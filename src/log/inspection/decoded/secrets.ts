import { isSecretConfig } from '../../../config/tables.ts'
import type { Cell, DecodedRecord } from './decoded-record.ts'

export const HIDDEN = '(hidden)'

const SECRET_FIELDS: Readonly<Record<string, readonly string[]>> = {
  UserScramCredentialRecord: ['salt', 'storedKey', 'serverKey'],
}
const BROKER_RESOURCE = 4

/** Records of the metadata as anybody may see them: keys of users and values of sensitive configurations are hidden. */
export function withoutSecrets(record: DecodedRecord): DecodedRecord {
  const value = record.value as Readonly<Record<string, Cell>> | null
  if (value === null) return record
  const secret = record.type === 'ConfigRecord' ? secretOfConfig(value) : (SECRET_FIELDS[record.type] ?? [])
  if (secret.length === 0) return record
  return { ...record, value: { ...value, ...Object.fromEntries(secret.map((field) => [field, HIDDEN])) } as Cell }
}

function secretOfConfig({ resourceType, name, value }: Readonly<Record<string, Cell>>): string[] {
  if (resourceType !== BROKER_RESOURCE || value === null) return []
  return isSecretConfig(String(name)) ? ['value'] : []
}
