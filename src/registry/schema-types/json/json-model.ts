/**
 * A JSON Schema in the terms in which schemas are compared: each node has one kind. A schema that says several
 * things at once (a type and an enumeration, two combinations) is a combination of them; one with several types is any of
 * them; one without a type has the kind that its keywords are about.
 */
import { isArray, isObject, type Json, JsonNumber, type JsonObject } from '../lossless-json.ts'

export type SimpleKind = 'string' | 'number' | 'boolean' | 'null' | 'object' | 'array'
export type Criterion = 'allOf' | 'anyOf' | 'oneOf'

export type JsonNode =
  /** Everything is valid, or nothing. */
  | { readonly kind: 'any' | 'nothing'; readonly json: JsonObject }
  | {
      readonly kind: SimpleKind
      readonly json: JsonObject
      readonly isInteger: boolean
      readonly document: JsonDocument
    }
  | { readonly kind: 'enum' | 'const'; readonly json: JsonObject }
  | { readonly kind: 'not'; readonly json: JsonObject; readonly document: JsonDocument }
  | {
      readonly kind: 'combined'
      readonly json: JsonObject
      readonly criterion: Criterion
      readonly parts: readonly JsonNode[]
    }

const KEYWORDS: Readonly<Record<Exclude<SimpleKind, 'boolean' | 'null'>, readonly string[]>> = {
  object: [
    'properties',
    'required',
    'minProperties',
    'maxProperties',
    'dependencies',
    'dependentRequired',
    'dependentSchemas',
    'patternProperties',
    'additionalProperties',
    'propertyNames',
    'unevaluatedProperties',
  ],
  array: [
    'items',
    'prefixItems',
    'additionalItems',
    'minItems',
    'maxItems',
    'uniqueItems',
    'contains',
    'unevaluatedItems',
  ],
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
}
const COMBINATIONS: readonly Criterion[] = ['allOf', 'anyOf', 'oneOf']
const NO_PROPERTIES: JsonObject = new Map()

/** A schema's text with what it refers to. Nodes are made when they are asked for: schemas may refer to themselves. */
export class JsonDocument {
  readonly #root: Json
  readonly #others: ReadonlyMap<string, JsonDocument>
  readonly #nodes = new Map<Json, JsonNode>()

  /** `others`: documents by the names under which they are referred to. */
  constructor(root: Json, others: ReadonlyMap<string, JsonDocument>) {
    this.#root = root
    this.#others = others
  }

  get node(): JsonNode {
    return this.nodeOf(this.#root)
  }

  /** The node of a part of this document. Throws where a reference leads nowhere. */
  nodeOf(json: Json): JsonNode {
    let node = this.#nodes.get(json)
    if (node === undefined || typeof json === 'boolean') this.#nodes.set(json, (node = this.#make(json, new Set())))
    return node
  }

  #make(json: Json, passed: Set<Json>): JsonNode {
    if (json === true) return { kind: 'any', json: NO_PROPERTIES }
    if (json === false) return { kind: 'nothing', json: NO_PROPERTIES }
    if (!isObject(json)) throw new Error('A schema is an object, true or false')
    const reference = json.get('$ref') ?? json.get('$dynamicRef') ?? json.get('$recursiveRef')
    if (typeof reference === 'string') {
      if (passed.has(json)) return { kind: 'any', json }
      passed.add(json)
      const [document, target] = this.#resolve(reference)
      return document.#make(target, passed)
    }
    const parts = this.#parts(json)
    const [only] = parts
    if (only === undefined) return { kind: 'any', json }
    return parts.length === 1 ? only : { kind: 'combined', json, criterion: 'allOf', parts }
  }

  #parts(json: JsonObject): JsonNode[] {
    const parts = this.#typed(json)
    if (json.has('enum')) parts.push({ kind: 'enum', json })
    if (json.has('const')) parts.push({ kind: 'const', json })
    if (json.has('not')) parts.push({ kind: 'not', json, document: this })
    for (const criterion of COMBINATIONS) {
      const list = json.get(criterion)
      if (!isArray(list)) continue
      parts.push(combined(json, criterion, () => list.map((part) => this.nodeOf(part))))
    }
    return parts
  }

  #typed(json: JsonObject): JsonNode[] {
    const type = json.get('type')
    if (typeof type === 'string') return [this.#ofType(json, type)]
    if (isArray(type)) {
      const parts = type.map((each) => this.#ofType(json, String(each)))
      return [{ kind: 'combined', json, criterion: 'anyOf', parts }]
    }
    const kinds = Object.entries(KEYWORDS).filter(([, words]) => words.some((word) => json.has(word)))
    return kinds.map(([kind]) => this.#ofType(json, kind))
  }

  #ofType(json: JsonObject, type: string): JsonNode {
    const kind = type === 'integer' ? 'number' : (type as SimpleKind)
    return { kind, json, isInteger: type === 'integer', document: this }
  }

  #resolve(reference: string): readonly [JsonDocument, Json] {
    const hash = reference.indexOf('#')
    const [uri, fragment] = hash < 0 ? [reference, ''] : [reference.slice(0, hash), reference.slice(hash + 1)]
    const document = uri === '' || uri === idOf(this.#root) ? this : this.#other(uri)
    const target = fragment === '' ? document.#root : document.#at(decodeURIComponent(fragment))
    if (target !== undefined) return [document, target]
    throw new Error(`The reference ${reference} leads nowhere`)
  }

  #other(uri: string): JsonDocument {
    const base = idOf(this.#root)
    const absolute = base === null ? uri : resolved(uri, base)
    for (const name of [uri, absolute]) {
      const found = this.#others.get(name)
      if (found !== undefined) return found
    }
    for (const document of this.#others.values()) if (idOf(document.#root) === absolute) return document
    const within = definitionWithId(this.#root, absolute, base)
    if (within !== undefined) return new JsonDocument(within, this.#others)
    throw new Error(`The reference ${uri} is neither in the schema nor among its references`)
  }

  /** The part that a pointer or an anchor names. */
  #at(fragment: string): Json | undefined {
    if (!fragment.startsWith('/')) return withAnchor(this.#root, fragment)
    let json: Json | undefined = this.#root
    for (const step of fragment
      .slice(1)
      .split('/')
      .map((each) => each.replaceAll('~1', '/').replaceAll('~0', '~'))) {
      if (isObject(json)) json = json.get(step)
      else json = isArray(json) ? json[Number(step)] : undefined
    }
    return json
  }
}

/** The parts are made when they are asked for: one of them may be the whole. */
function combined(json: JsonObject, criterion: Criterion, make: () => readonly JsonNode[]): JsonNode {
  let parts: readonly JsonNode[] | null = null
  return {
    kind: 'combined',
    json,
    criterion,
    get parts() {
      parts ??= make()
      return parts
    },
  }
}

function idOf(json: Json): string | null {
  const id = isObject(json) ? (json.get('$id') ?? json.get('id')) : null
  return typeof id === 'string' ? id.replace(/#$/, '') : null
}

function resolved(uri: string, base: string): string {
  try {
    return new URL(uri, base).href
  } catch {
    return uri
  }
}

const childrenOf = (json: Json): Iterable<Json> => (isObject(json) ? json.values() : isArray(json) ? json : [])

function search(json: Json, isWanted: (json: JsonObject) => boolean): Json | undefined {
  if (isObject(json) && isWanted(json)) return json
  for (const child of childrenOf(json)) {
    const found = search(child, isWanted)
    if (found !== undefined) return found
  }
  return undefined
}

const withAnchor = (root: Json, anchor: string): Json | undefined =>
  search(
    root,
    (json) =>
      json.get('$anchor') === anchor || json.get('$dynamicAnchor') === anchor || json.get('$id') === `#${anchor}`,
  )

function definitionWithId(root: Json, absolute: string, base: string | null): Json | undefined {
  return search(root, (json) => {
    const id = idOf(json)
    return id !== null && (base === null ? id : resolved(id, base)) === absolute
  })
}

/** Makes every node, and so finds references that lead nowhere. */
export function checkReferences(document: JsonDocument, root: Json): void {
  const pending: Json[] = [root]
  for (let json = pending.pop(); json !== undefined; json = pending.pop()) {
    if (isObject(json) && typeof json.get('$ref') === 'string') document.nodeOf(json)
    for (const child of childrenOf(json)) if (!(child instanceof JsonNumber)) pending.push(child)
  }
}
