/** Prometheus' text format, as far as a reader of chosen families needs it. */

export interface ReadSample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g

/** The samples of the names that are asked for, by name; others are passed over. */
export function samplesIn(text: string, names: ReadonlySet<string>): Map<string, ReadSample[]> {
  const found = new Map<string, ReadSample[]>([...names].map((name) => [name, []]))
  for (const line of text.split('\n')) {
    const end = /[{ ]/.exec(line)?.index ?? -1
    const samples = end < 0 ? undefined : found.get(line.slice(0, end))
    if (samples === undefined) continue
    const [, , labels = '', number = ''] = SAMPLE.exec(line) ?? []
    samples.push({ labels: labelsIn(labels), value: Number(number.replace('Inf', 'Infinity')) })
  }
  return found
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n' }

function labelsIn(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  for (const [, name = '', value = ''] of text.matchAll(LABEL)) {
    labels[name] = value.replace(/\\(.)/g, (_, char: string) => ESCAPES[char] ?? char)
  }
  return labels
}
