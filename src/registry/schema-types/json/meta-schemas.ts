/** Whether a JSON Schema is one, by the meta-schema of its draft. */
import { Ajv } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { default as AjvCore } from 'ajv/dist/core.js'
import AjvDraft4 from 'ajv-draft-04'

const OPTIONS = { strict: false, validateFormats: false, logger: false } as const
type Validator = Pick<AjvCore.default, 'validateSchema' | 'errorsText' | 'errors'>

const VALIDATORS: readonly (readonly [RegExp, () => Validator])[] = [
  [/draft\/2020-12/, () => new Ajv2020(OPTIONS)],
  [/draft\/2019-09/, () => new Ajv2019(OPTIONS)],
  [/draft-04/, () => new AjvDraft4.default(OPTIONS)],
  [/(?:)/, () => new Ajv(OPTIONS)],
]
const made = new Map<RegExp, Validator>()

/** null: it is one. A schema of draft 6, or of an unknown one, is taken for one of draft 7. */
export function problemOfSchema(schema: unknown): string | null {
  if (typeof schema !== 'object' || schema === null) return null
  const { $schema: draft = '', ...rest } = schema as { readonly $schema?: unknown }
  const [pattern, make] = VALIDATORS.find(([each]) => each.test(String(draft))) ?? [/(?:)/, () => new Ajv(OPTIONS)]
  let validator = made.get(pattern)
  if (validator === undefined) made.set(pattern, (validator = make()))
  if (validator.validateSchema(rest) === true) return null
  return validator.errorsText(validator.errors, { dataVar: '#' })
}
