import type { CommandDefinition, OptionDefinition } from './command.ts'

/** The long name, the short one, and the name of the value; `[value]`, which may be left out, is not plain. */
const FLAGS = /^(?:(-\w), )?--([\w-]+)(?: <.+>)?$/

/**
 * The options that a command line of nothing but plain options gives, as commander would read them: `--port 9092`,
 * `--port=9092`, `-p 9092`, `--ephemeral`. null: there is something else, or something wrong, and commander shall say what it
 * is. A start so needs neither commander nor the definitions of other commands, which take a quarter of its time.
 */
export function plainOptions({ options = [] }: CommandDefinition, words: readonly string[]): object | null {
  const values: Record<string, unknown> = {}
  const given = new Set<string>()
  for (const option of options) if (option.default !== undefined) values[attributeOf(option)] = option.default
  for (let at = 0; at < words.length; at++) {
    const [flag = '', attached] = cut(words[at] ?? '')
    const option = options.find((each) => isNamed(each, flag))
    if (option === undefined) return null
    const name = attributeOf(option)
    if (!option.flags.endsWith('>')) {
      if (attached !== undefined) return null
      values[name] = true
    } else {
      const text = attached ?? words[++at]
      if (text === undefined || text === '' || text.startsWith('-')) return null
      const value = parsedValue(option, text, given.has(name) ? values[name] : undefined)
      if (value === undefined) return null
      values[name] = value
    }
    given.add(name)
  }
  const isContradicted = ({ conflicts = [] }: OptionDefinition) => conflicts.some((name) => given.has(name))
  return options.some((option) => given.has(attributeOf(option)) && isContradicted(option)) ? null : values
}

/** `--port=9092` is the flag and its value; short flags have theirs in the next word. */
function cut(word: string): [flag: string, attached?: string] {
  const equals = word.startsWith('--') ? word.indexOf('=') : -1
  return equals < 0 ? [word] : [word.slice(0, equals), word.slice(equals + 1)]
}

function isNamed({ flags }: OptionDefinition, word: string): boolean {
  const [, short, long] = FLAGS.exec(flags) ?? []
  return long !== undefined && (word === short || word === `--${long}`)
}

/** `--release-version` is `releaseVersion`. */
function attributeOf({ flags }: OptionDefinition): string {
  const [, long = ''] = /--([\w-]+)/.exec(flags) ?? []
  return long.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}

/** undefined: it is none of those that the option may have. */
function parsedValue({ values, parse }: OptionDefinition, text: string, earlier: unknown): unknown {
  if (Array.isArray(values) && !values.includes(text)) return undefined
  if (parse === undefined) return text
  try {
    return parse(text, earlier as never)
  } catch {
    return undefined
  }
}
