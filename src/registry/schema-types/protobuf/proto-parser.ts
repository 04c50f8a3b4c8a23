/** Parses the text of a .proto file (proto2 and proto3). Throws a sentence with the line where it is none. */
import { firstRepeated } from '../../../../protocol/collections/repeated.ts'
import type {
  Label,
  OptionValue,
  ProtoEnum,
  ProtoExtend,
  ProtoField,
  ProtoFile,
  ProtoGroup,
  ProtoMessage,
  ProtoOneOf,
  ProtoOption,
  ProtoRpc,
  ProtoService,
  ProtoType,
  Reserved,
} from './proto-file.ts'
import { inOrderOfText, MAX_TAG, mapTypes } from './proto-file.ts'
import { ProtoTokens } from './proto-tokens.ts'

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] extends readonly (infer Item)[] ? Item[] : T[Name] }

const LABELS: readonly string[] = ['optional', 'required', 'repeated']

export const parseProto = (text: string): ProtoFile => new ProtoParser(text).file()

class ProtoParser {
  readonly #tokens: ProtoTokens
  #isProto3 = false

  constructor(text: string) {
    this.#tokens = new ProtoTokens(text)
  }

  file(): ProtoFile {
    const tokens = this.#tokens
    const file: Mutable<ProtoFile> = {
      syntax: null,
      package: null,
      imports: [],
      options: [],
      types: [],
      extends: [],
      services: [],
    }
    for (let declarations = 0; !tokens.isAtEnd; declarations++) {
      while (tokens.takes(';')) {}
      if (tokens.isAtEnd) break
      const word = tokens.next()
      switch (word) {
        case 'syntax':
          if (declarations > 0) throw tokens.error("'syntax' element must be the first declaration in a file")
          file.syntax = this.#syntax()
          this.#isProto3 = file.syntax === 'proto3'
          break
        case 'package':
          file.package = tokens.name()
          tokens.expect(';')
          break
        case 'import':
          file.imports.push(this.#import())
          break
        case 'option':
          file.options.push(this.#option())
          break
        case 'message':
          file.types.push(this.#message())
          break
        case 'enum':
          file.types.push(this.#enum())
          break
        case 'extend':
          file.extends.push(this.#extend())
          break
        case 'service':
          file.services.push(this.#service())
          break
        default:
          throw tokens.error(`unexpected ${word}`)
      }
    }
    this.#refuseTwice(file.types)
    return file
  }

  #refuseTwice(types: readonly ProtoType[]): void {
    const twice = firstRepeated(types.map(({ name }) => name))
    if (twice !== undefined) throw this.#tokens.error(`${twice} is already defined`)
  }

  #syntax(): string {
    this.#tokens.expect('=')
    const syntax = this.#tokens.string()
    this.#tokens.expect(';')
    if (syntax !== 'proto2' && syntax !== 'proto3') throw this.#tokens.error(`unexpected syntax: ${syntax}`)
    return syntax
  }

  #import(): { path: string; isPublic: boolean } {
    const isPublic = this.#tokens.takes('public')
    if (!isPublic) this.#tokens.takes('weak')
    const path = this.#tokens.string()
    this.#tokens.expect(';')
    return { path, isPublic }
  }

  #message(): ProtoMessage {
    const message: Mutable<ProtoMessage> = {
      kind: 'message',
      name: this.#tokens.simpleName(),
      reserved: [],
      options: [],
      fields: [],
      oneOfs: [],
      groups: [],
      extensions: [],
      extends: [],
      types: [],
    }
    this.#body(() => this.#memberOf(message))
    this.#refuseTwice(message.types)
    return message
  }

  #memberOf(message: Mutable<ProtoMessage>): void {
    const tokens = this.#tokens
    const word = tokens.peek()
    // A field may have a type or a name that is a word of the language; what follows tells.
    const isStatement =
      tokens.peek(2) === '{' || word === 'option' || word === 'reserved' || word === 'extensions' || word === 'extend'
    if (isStatement && this.#statementOf(message, word)) return
    const field = this.#fieldOrGroup()
    if ('fields' in field) message.groups.push(field)
    else message.fields.push(field)
  }

  #statementOf(message: Mutable<ProtoMessage>, word: string): boolean {
    const tokens = this.#tokens
    const nested: ProtoType[] = message.types
    switch (word) {
      case 'option':
        tokens.next()
        message.options.push(this.#option())
        return true
      case 'reserved':
        tokens.next()
        message.reserved.push(this.#reserved())
        return true
      case 'extensions':
        tokens.next()
        message.extensions.push(this.#extensions())
        return true
      case 'extend':
        tokens.next()
        message.extends.push(this.#extend())
        return true
      case 'message':
        tokens.next()
        nested.push(this.#message())
        return true
      case 'enum':
        tokens.next()
        nested.push(this.#enum())
        return true
      case 'oneof':
        tokens.next()
        message.oneOfs.push(this.#oneOf())
        return true
      default:
        return false
    }
  }

  #body(member: () => void): void {
    this.#tokens.expect('{')
    while (!this.#tokens.takes('}')) {
      if (!this.#tokens.takes(';')) member()
    }
  }

  /** Outside of a oneof every field of proto2 has a label. */
  #fieldOrGroup(needsLabel = !this.#isProto3): ProtoField | ProtoGroup {
    const tokens = this.#tokens
    const label = LABELS.includes(tokens.peek()) ? (tokens.next() as Label) : null
    if (label === 'required' && this.#isProto3) {
      throw tokens.error("'required' label forbidden in proto3 field declarations")
    }
    const type = tokens.takes('map') ? this.#mapOf() : tokens.name()
    if (label === null && needsLabel && mapTypes(type) === null) throw tokens.error(`unexpected label: ${type}`)
    if (label !== null && mapTypes(type) !== null) throw tokens.error("'map' type cannot have label")
    if (type === 'group') return this.#group(label)
    const name = tokens.simpleName()
    tokens.expect('=')
    const tag = tokens.integer()
    const options = inOrderOfText(this.#inlineOptions()).map((option) => withDefaultOf(type, option))
    tokens.expect(';')
    if (tag < 1 || tag > MAX_TAG) throw tokens.error(`${tag} is no number of a field (${name})`)
    return { label, type, name, tag, options }
  }

  /** A type may be named `map` too. */
  #mapOf(): string {
    if (!this.#tokens.takes('<')) return 'map'
    const key = this.#tokens.name()
    this.#tokens.expect(',')
    const value = this.#tokens.name()
    this.#tokens.expect('>')
    return `map<${key}, ${value}>`
  }

  #group(label: Label | null): ProtoGroup {
    const name = this.#tokens.simpleName()
    this.#tokens.expect('=')
    const tag = this.#tokens.integer()
    const fields: ProtoField[] = []
    this.#body(() => {
      const field = this.#fieldOrGroup()
      if (!('fields' in field)) fields.push(field)
    })
    return { label, name, tag, fields }
  }

  #oneOf(): ProtoOneOf {
    const oneOf: Mutable<ProtoOneOf> = { name: this.#tokens.simpleName(), options: [], fields: [], groups: [] }
    this.#body(() => {
      if (this.#tokens.peek() === 'option' && this.#tokens.peek(2) !== '=') {
        this.#tokens.next()
        oneOf.options.push(this.#option())
        return
      }
      const field = this.#fieldOrGroup(false)
      if ('fields' in field) oneOf.groups.push(field)
      else oneOf.fields.push(field)
    })
    return oneOf
  }

  #extend(): ProtoExtend {
    const name = this.#tokens.name()
    const fields: ProtoField[] = []
    this.#body(() => {
      const field = this.#fieldOrGroup()
      if (!('fields' in field)) fields.push(field)
    })
    return { name, fields }
  }

  #enum(): ProtoEnum {
    const tokens = this.#tokens
    const parsed: Mutable<ProtoEnum> = {
      kind: 'enum',
      name: tokens.simpleName(),
      reserved: [],
      options: [],
      constants: [],
    }
    this.#body(() => {
      const isConstant = tokens.peek(1) === '='
      if (!isConstant && tokens.takes('option')) parsed.options.push(this.#option())
      else if (!isConstant && tokens.takes('reserved')) parsed.reserved.push(this.#reserved())
      else {
        const name = tokens.simpleName()
        tokens.expect('=')
        const tag = tokens.integer()
        parsed.constants.push({ name, tag, options: this.#inlineOptions() })
        tokens.expect(';')
      }
    })
    return parsed
  }

  #service(): ProtoService {
    const service: Mutable<ProtoService> = { name: this.#tokens.simpleName(), options: [], rpcs: [] }
    this.#body(() => {
      if (this.#tokens.takes('option')) service.options.push(this.#option())
      else service.rpcs.push(this.#rpc())
    })
    return service
  }

  #rpc(): ProtoRpc {
    const tokens = this.#tokens
    tokens.expect('rpc')
    const name = tokens.simpleName()
    const [streamsRequests, request] = this.#rpcType()
    tokens.expect('returns')
    const [streamsResponses, response] = this.#rpcType()
    const options: ProtoOption[] = []
    if (tokens.peek() === '{') {
      this.#body(() => {
        tokens.expect('option')
        options.push(this.#option())
      })
    } else tokens.expect(';')
    return { name, request, streamsRequests, response, streamsResponses, options }
  }

  #rpcType(): readonly [streams: boolean, type: string] {
    this.#tokens.expect('(')
    const streams = this.#tokens.peek(1) !== ')' && this.#tokens.takes('stream')
    const type = this.#tokens.name()
    this.#tokens.expect(')')
    return [streams, type]
  }

  #reserved(): Reserved[] {
    const values: Reserved[] = []
    do values.push(this.#tokens.isString ? this.#tokens.string() : this.#range())
    while (this.#tokens.takes(','))
    this.#tokens.expect(';')
    return values
  }

  #range(): Reserved {
    const first = this.#tokens.integer()
    if (!this.#tokens.takes('to')) return first
    return [first, this.#tokens.takes('max') ? MAX_TAG : this.#tokens.integer()]
  }

  #extensions(): { ranges: Reserved[]; options: readonly ProtoOption[] } {
    const ranges: Reserved[] = []
    do ranges.push(this.#range())
    while (this.#tokens.takes(','))
    const options = this.#inlineOptions()
    this.#tokens.expect(';')
    return { ranges, options }
  }

  #option(): ProtoOption {
    const option = this.#assignment()
    this.#tokens.expect(';')
    return option
  }

  #inlineOptions(): ProtoOption[] {
    const options: ProtoOption[] = []
    if (!this.#tokens.takes('[')) return options
    do options.push(this.#assignment())
    while (this.#tokens.takes(','))
    this.#tokens.expect(']')
    return options
  }

  #assignment(): ProtoOption {
    let name = ''
    while (this.#tokens.peek() !== '=') name += this.#tokens.next()
    this.#tokens.expect('=')
    return { name, value: this.#value() }
  }

  #value(): OptionValue {
    const tokens = this.#tokens
    if (tokens.isString) {
      let text = tokens.string()
      while (tokens.isString) text += tokens.string()
      return { kind: 'string', text }
    }
    if (tokens.peek() === '{') return this.#messageValue('}')
    if (tokens.takes('[')) {
      const items: OptionValue[] = []
      while (!tokens.takes(']')) {
        items.push(this.#value())
        tokens.takes(',')
      }
      return { kind: 'list', items }
    }
    const sign = tokens.takes('-') ? '-' : ''
    tokens.takes('+')
    return { kind: 'word', text: sign + tokens.next() }
  }

  #messageValue(end: string): OptionValue {
    const tokens = this.#tokens
    tokens.next()
    const fields: (readonly [string, OptionValue])[] = []
    while (!tokens.takes(end)) {
      let name = tokens.next()
      if (name === '[') {
        name = `[${tokens.name()}]`
        tokens.expect(']')
      }
      tokens.takes(':')
      fields.push([name, tokens.peek() === '<' ? this.#messageValue('>') : this.#value()])
      if (!tokens.takes(',')) tokens.takes(';')
    }
    return { kind: 'message', fields }
  }
}

/** The default of a text is a text, also where it was written without quotes. */
const withDefaultOf = (type: string, { name, value }: ProtoOption): ProtoOption =>
  name === 'default' && type === 'string' && value.kind === 'word'
    ? { name, value: { kind: 'string', text: value.text } }
    : { name, value }
