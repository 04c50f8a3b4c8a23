/** The text of a .proto file that is kept: no comments, messages before enumerations, options in one form. */
import {
  MAX_TAG,
  type OptionValue,
  type ProtoEnum,
  type ProtoExtend,
  type ProtoField,
  type ProtoFile,
  type ProtoGroup,
  type ProtoMessage,
  type ProtoOneOf,
  type ProtoOption,
  type ProtoRpc,
  type ProtoService,
  type ProtoType,
  type Reserved,
} from './proto-file.ts'

export function protoText(file: ProtoFile): string {
  const imports = [
    ...file.imports.filter(({ isPublic }) => !isPublic).map(({ path }) => `import "${path}";\n`),
    ...file.imports.filter(({ isPublic }) => isPublic).map(({ path }) => `import public "${path}";\n`),
  ]
  return [
    file.syntax === null ? '' : `syntax = "${file.syntax}";\n`,
    file.package === null ? '' : `package ${file.package};\n`,
    section(imports),
    section(file.options.map(optionLine)),
    section(types(file.types)),
    section(file.extends.map(extendText)),
    section(file.services.map(serviceText)),
  ].join('')
}

/** An empty line before what is there. */
const section = (texts: readonly string[]): string => (texts.length === 0 ? '' : `\n${texts.join('')}`)

/** Empty lines too are two blanks longer with every level, as Confluent's registry writes them. */
const indented = (text: string): string =>
  text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `  ${line}\n`)
    .join('')

const inner = (texts: readonly string[]): string => section(texts.map(indented))

const types = (all: readonly ProtoType[]): string[] => [
  ...all.filter((type) => type.kind === 'message').map(messageText),
  ...all.filter((type) => type.kind === 'enum').map(enumText),
]

function messageText(message: ProtoMessage): string {
  const body = [
    inner(message.reserved.map(reservedText)),
    inner(message.options.map(optionLine)),
    inner(message.fields.map(fieldText)),
    inner(message.oneOfs.map(oneOfText)),
    inner(message.groups.map(groupText)),
    inner(
      message.extensions.map(
        ({ ranges, options }) => `extensions ${ranges.map(range).join(', ')}${inline(options)};\n`,
      ),
    ),
    inner(message.extends.map(extendText)),
    inner(types(message.types)),
  ]
  return `message ${message.name} {${body.join('')}}\n`
}

function enumText({ name, reserved, options, constants }: ProtoEnum): string {
  const values = constants.map((constant) => `${constant.name} = ${constant.tag}${inline(constant.options)};\n`)
  const lines = [...reserved.map(reservedText), ...options.map(optionLine), ...values]
  return `enum ${name} {${inner(lines)}}\n`
}

const oneOfText = ({ name, options, fields, groups }: ProtoOneOf): string =>
  `oneof ${name} {${inner(options.map(optionLine))}${inner(fields.map(fieldText))}${inner(groups.map(groupText))}}\n`

const groupText = ({ label, name, tag, fields }: ProtoGroup): string =>
  `${label === null ? '' : `${label} `}group ${name} = ${tag} {${inner(fields.map(fieldText))}}\n`

const extendText = ({ name, fields }: ProtoExtend): string => `extend ${name} {${inner(fields.map(fieldText))}}\n`

const serviceText = ({ name, options, rpcs }: ProtoService): string =>
  `service ${name} {${inner(options.map(optionLine))}${inner(rpcs.map(rpcText))}}\n`

function rpcText({ name, request, streamsRequests, response, streamsResponses, options }: ProtoRpc): string {
  const type = (streams: boolean, of: string) => `(${streams ? 'stream ' : ''}${of})`
  const body = options.length === 0 ? '' : ` {\n${options.map((option) => indented(optionLine(option))).join('')}}`
  return `rpc ${name} ${type(streamsRequests, request)} returns ${type(streamsResponses, response)}${body};\n`
}

const fieldText = ({ label, type, name, tag, options }: ProtoField): string =>
  `${label === null ? '' : `${label} `}${type} ${name} = ${tag}${inline(options)};\n`

const reservedText = (values: readonly Reserved[]): string => `reserved ${values.map(range).join(', ')};\n`

function range(value: Reserved): string {
  if (typeof value === 'string') return `"${value}"`
  if (typeof value === 'number') return String(value)
  return `${value[0]} to ${value[1] >= MAX_TAG ? 'max' : value[1]}`
}

const optionText = ({ name, value }: ProtoOption): string => `${name} = ${valueText(value)}`
const optionLine = (option: ProtoOption): string => `option ${optionText(option)};\n`

function inline(options: readonly ProtoOption[]): string {
  if (options.length === 0) return ''
  if (options.length === 1) return ` [${options.map(optionText).join('')}]`
  return ` [\n${options.map((option) => `  ${optionText(option).replaceAll('\n', '\n  ')}`).join(',\n')}\n]`
}

function valueText(value: OptionValue): string {
  switch (value.kind) {
    case 'string':
      return `"${escaped(value.text)}"`
    case 'word':
      return value.text
    case 'list':
      if (value.items.length === 0) return '[\n]'
      return `[\n${value.items.map((item) => `  ${valueText(item).replaceAll('\n', '\n  ')}`).join(',\n')}\n]`
    case 'message':
      return `{\n${value.fields.map(([name, field]) => `  ${name}: ${valueText(field).replaceAll('\n', '\n  ')}`).join(',\n')}\n}`
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
}
const escaped = (text: string): string =>
  [...text].map((sign) => ESCAPES[sign] ?? (/["'\\]/.test(sign) ? `\\${sign}` : sign)).join('')
