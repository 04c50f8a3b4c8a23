/** A strict reader of Prometheus' text format 0.0.4: it takes what the format's description says, and nothing more. */
export interface ParsedSample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface ParsedFamily {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly samples: ParsedSample[]
}

const METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*/
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"/
const TYPES: Readonly<Record<string, readonly string[]>> = {
  counter: [''],
  gauge: [''],
  untyped: [''],
  summary: ['', '_sum', '_count'],
  histogram: ['_bucket', '_sum', '_count'],
}

/** Throws an `Error` that names the line which breaks a rule. */
export function parseExposition(text: string): ReadonlyMap<string, ParsedFamily> {
  const families = new Map<string, ParsedFamily>()
  const series = new Set<string>()
  let current: ParsedFamily | null = null
  let help: { name: string; text: string } | null = null
  if (text !== '' && !text.endsWith('\n')) throw new Error('The last line does not end.')
  for (const [index, line] of text.split('\n').entries()) {
    const fail = (why: string): never => {
      throw new Error(`Line ${index + 1}: ${why}: ${line}`)
    }
    if (line === '') continue
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/.exec(line)
    if (comment !== null) {
      const [, kind, name = '', rest = ''] = comment
      if (families.has(name)) fail('the family was there before, and is in two pieces')
      if (kind === 'HELP') help = { name, text: rest }
      else {
        if (TYPES[rest] === undefined) fail('there is no such type')
        if (help?.name !== name || help.text === '') fail('the family has no help')
        current = { name, type: rest, help: help?.text ?? '', samples: [] }
        families.set(name, current)
      }
      continue
    }
    if (line.startsWith('#')) fail('a comment that is neither help nor type')
    const sample = parseSample(line, fail)
    const suffix =
      current !== null && sample.name.startsWith(current.name) ? sample.name.slice(current.name.length) : null
    if (current === null || suffix === null || !TYPES[current.type]?.includes(suffix)) {
      throw new Error(`Line ${index + 1}: no sample of the family: ${line}`)
    }
    if (current.type === 'counter' && sample.value < 0) fail('a counter is below zero')
    const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()])
    if (series.has(key)) fail('the series was there before')
    series.add(key)
    current.samples.push(sample)
  }
  return families
}

function parseSample(line: string, fail: (why: string) => never): ParsedSample {
  const name = METRIC.exec(line)?.[0] ?? fail('no name')
  let rest = line.slice(name.length)
  const labels: Record<string, string> = {}
  if (rest.startsWith('{')) {
    rest = rest.slice(1)
    for (;;) {
      const match = LABEL.exec(rest) ?? fail('no label')
      const [whole, label = '', value = ''] = match
      if (label in labels) fail('a label twice')
      labels[label] = value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
      rest = rest.slice(whole.length)
      if (rest.startsWith('}')) break
      if (!rest.startsWith(',')) fail('neither a comma nor an end behind a label')
      rest = rest.slice(1)
    }
    rest = rest.slice(1)
  }
  const number = /^ (NaN|[+-]?Inf|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(rest)?.[1] ?? fail('no value')
  return { name, labels, value: Number(number.replace('Inf', 'Infinity')) }
}
