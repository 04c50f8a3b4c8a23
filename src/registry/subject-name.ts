/**
 * Names of subjects with the context they are in: `orders-value` in the default context, `:.staging:orders-value` in the
 * context `.staging`. A name without a subject (`:.staging:`) stands for the context itself, and `:*:` for all of them.
 */

export const DEFAULT_CONTEXT = '.'
export const GLOBAL_CONTEXT = '.__GLOBAL'
export const ALL_CONTEXTS = ':*:'
const RESERVED_SUBJECTS = new Set(['__GLOBAL', '__EMPTY'])
const CONTEXT_PREFIX = ':.'

export interface SubjectName {
  /** Begins with a dot; `*` for all contexts. */
  readonly context: string
  /** Empty: the context itself. */
  readonly subject: string
}

export function parseSubjectName(text: string): SubjectName {
  if (text.startsWith(CONTEXT_PREFIX)) {
    const end = text.indexOf(':', CONTEXT_PREFIX.length)
    return end < 0
      ? { context: text.slice(1), subject: '' }
      : { context: text.slice(1, end), subject: text.slice(end + 1) }
  }
  if (text.startsWith(ALL_CONTEXTS)) return { context: '*', subject: text.slice(ALL_CONTEXTS.length) }
  return { context: DEFAULT_CONTEXT, subject: text }
}

/** How names in this context begin; empty for the default one. */
export const contextPrefix = (context: string): string => (context === DEFAULT_CONTEXT ? '' : `:${context}:`)

const formatSubjectName = ({ context, subject }: SubjectName): string => contextPrefix(context) + subject

/** The one spelling of a name that has several: `:.:orders` is `orders`. */
export const normalSubjectName = (text: string): string => formatSubjectName(parseSubjectName(text))

export const contextOf = (name: string): string => parseSubjectName(name).context

export const isDefaultContext = (name: string): boolean => normalSubjectName(name) === ''

/** A name that a schema of `parent` mentions: in the context of the parent where it names none. */
export function qualifiedBy(parent: string, name: string): string {
  const { context } = parseSubjectName(name)
  if (context !== DEFAULT_CONTEXT) return normalSubjectName(name)
  return contextPrefix(contextOf(parent)) + parseSubjectName(name).subject
}

/**
 * Whether schemas may be registered under the name, or with `forConfig` whether a configuration or a mode may be set for
 * it: that may be a context, also the global one.
 */
export function isValidSubject(name: string, forConfig = false): boolean {
  if ([...name].some(isControlCharacter)) return false
  const { context, subject } = parseSubjectName(name)
  return !RESERVED_SUBJECTS.has(subject) && (forConfig || context !== GLOBAL_CONTEXT)
}

function isControlCharacter(character: string): boolean {
  const code = character.charCodeAt(0)
  return code < 0x20 || (code >= 0x7f && code < 0xa0)
}

/** Orders texts by their UTF-16 units. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Whether a name begins as `prefix` says, which may name a context, all contexts, or a part of either. */
export function hasPrefix(name: string, prefix: string): boolean {
  const wanted = parseSubjectName(prefix)
  const { context, subject } = parseSubjectName(name)
  const isPartOfContext = prefix.startsWith(CONTEXT_PREFIX) && prefix.indexOf(':', CONTEXT_PREFIX.length) < 0
  if (isPartOfContext) return context !== DEFAULT_CONTEXT && context.startsWith(wanted.context)
  return (wanted.context === '*' || wanted.context === context) && subject.startsWith(wanted.subject)
}
