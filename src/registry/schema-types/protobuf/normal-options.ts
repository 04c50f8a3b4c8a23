/**
 * The one form of options that say the same: by their names, those that somebody has defined by full names and as one
 * message each, numbers in decimals.
 */
import { compareText } from '../../subject-name.ts'
import { fieldsOf, type OptionValue, type ProtoField, type ProtoOption } from './proto-file.ts'
import type { ProtoNames } from './proto-names.ts'

export function normalOptions(options: readonly ProtoOption[], names: ProtoNames, scope: string): ProtoOption[] {
  const known = options.map((option) => withFullName(option, names, scope))
  known.sort((a, b) => compareText(firstName(a.option.name), firstName(b.option.name)))
  const merged: KnownOption[] = []
  for (const next of known) {
    const last = merged.at(-1)
    const isMerged = next.field !== null && next.field.label !== 'repeated' && last?.option.name === next.option.name
    if (!isMerged || last === undefined) merged.push(next)
    else merged[merged.length - 1] = { ...next, option: new Merger(names, scope).option(next.field, last, next) }
  }
  return merged.map(({ option: { name, value } }) => ({ name, value: normalValue(value) }))
}

interface KnownOption {
  readonly option: ProtoOption
  /** The extension that it is named by; null where that is not known. */
  readonly field: ProtoField | null
}

/** `(my.option).a.b = 1` is `(my.option) = { a: { b: 1 } }`. */
function withFullName(option: ProtoOption, names: ProtoNames, scope: string): KnownOption {
  const [, extension = '', path = ''] = /^\(([^)]*)\)(?:\.(.*))?$/.exec(option.name) ?? []
  const found = extension === '' ? null : names.extension(extension, scope)
  if (found === null) return { option, field: null }
  const within = path === '' ? [] : path.split('.')
  const value = within.reduceRight<OptionValue>(
    (inner, name) => ({ kind: 'message', fields: [[name, inner]] }),
    option.value,
  )
  return { option: { name: `(${found.fullName})`, value }, field: found.field }
}

/** `my.option` of `(my.option).field`. */
const firstName = (name: string): string => /^\(([^)]*)\)/.exec(name)?.[1] ?? name

type MessageValue = Extract<OptionValue, { readonly kind: 'message' }>

class Merger {
  readonly #names: ProtoNames
  readonly #scope: string

  constructor(names: ProtoNames, scope: string) {
    this.#names = names
    this.#scope = scope
  }

  option(
    field: ProtoField | null,
    { option: former }: KnownOption,
    { option: { name, value } }: KnownOption,
  ): ProtoOption {
    if (former.value.kind !== 'message' || value.kind !== 'message') return { name, value }
    return { name, value: this.#messages(field, former.value, value) }
  }

  #messages(field: ProtoField | null, former: MessageValue, later: MessageValue): MessageValue {
    const type = field === null ? undefined : this.#names.find(field.type, this.#scope)?.type
    const fields = new Map(former.fields)
    for (const [name, value] of later.fields) {
      const one = fields.get(name)
      const inner =
        type?.kind === 'message' ? fieldsOf(type).find((each) => each.field.name === name)?.field : undefined
      fields.set(name, one === undefined ? value : this.#values(inner ?? null, one, value))
    }
    return { kind: 'message', fields: [...fields] }
  }

  /** The later value of a field that has one; all values of others, and of those that are not known. */
  #values(field: ProtoField | null, former: OptionValue, later: OptionValue): OptionValue {
    if (field === null || field.label === 'repeated')
      return { kind: 'list', items: [...items(former), ...items(later)] }
    const areMessages = former.kind === 'message' && later.kind === 'message'
    const isMessage = this.#names.find(field.type, this.#scope)?.type.kind === 'message'
    return areMessages && isMessage ? this.#messages(field, former, later) : later
  }
}

const items = (value: OptionValue): readonly OptionValue[] => (value.kind === 'list' ? value.items : [value])

function normalValue(value: OptionValue): OptionValue {
  if (value.kind === 'word') return { kind: 'word', text: normalNumber(value.text) }
  if (value.kind === 'list') return { kind: 'list', items: value.items.map(normalValue) }
  if (value.kind === 'string') return value
  const fields = value.fields
    .filter(([, field]) => field.kind !== 'list' || field.items.length > 0)
    .map(([name, field]) => [name, normalValue(onlyItem(field))] as const)
  return { kind: 'message', fields: fields.sort(([a], [b]) => compareText(a, b)) }
}

const onlyItem = (value: OptionValue): OptionValue =>
  value.kind === 'list' && value.items.length === 1 ? (value.items[0] ?? value) : value

/** Hexadecimal numbers and exponents are written out, with three digits behind the point at most. Other words stay. */
function normalNumber(text: string): string {
  if (/^-?0[xX]/.test(text)) return text.startsWith('-') ? `-${BigInt(text.slice(1))}` : String(BigInt(text))
  if (!/^-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) || /^-?\d+$/.test(text)) return text
  const value = Number(text)
  if (Math.abs(value) >= Number.MAX_SAFE_INTEGER) return Number.isFinite(value) ? String(BigInt(value)) : text
  return String(Number(value.toFixed(3)))
}
