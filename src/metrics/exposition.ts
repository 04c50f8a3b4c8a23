/**
 * Prometheus' text format 0.0.4: families with their help and type, each family in one piece, whatever the order in which
 * samples come. The registry behind it is the broker itself: parts count in plain numbers, and collectors read these when
 * somebody asks.
 */
export type MetricType = 'counter' | 'gauge' | 'summary' | 'histogram' | 'untyped'
export type Labels = Readonly<Record<string, string | number>>

/** A family of series. The help says what is counted, in one sentence without its full stop. */
export interface Family {
  readonly name: string
  readonly type: MetricType
  readonly help: string
}

export const counter = (name: string, help: string): Family => ({ name, type: 'counter', help })
export const gauge = (name: string, help: string): Family => ({ name, type: 'gauge', help })

export interface Sample {
  /** Behind the name of the family: `_count`, `_sum`, `_bucket`, or nothing. */
  readonly suffix: string
  readonly labels: Labels
  readonly value: number
}

const NO_LABELS: Labels = {}

export class Exposition {
  readonly #families = new Map<string, { family: Family; samples: Sample[] }>()

  add(family: Family, value: number, labels: Labels = NO_LABELS, suffix = ''): void {
    const known = this.#families.get(family.name)
    const sample = { suffix, labels, value }
    if (known === undefined) this.#families.set(family.name, { family, samples: [sample] })
    else known.samples.push(sample)
  }

  /** In the order in which the families came. */
  *families(): Iterable<{ readonly family: Family; readonly samples: readonly Sample[] }> {
    yield* this.#families.values()
  }

  text(): string {
    const lines: string[] = []
    for (const { family, samples } of this.#families.values()) {
      lines.push(`# HELP ${family.name} ${escapedHelp(family.help)}`, `# TYPE ${family.name} ${family.type}`)
      for (const { suffix, labels, value } of samples) {
        lines.push(`${family.name}${suffix}${labelsText(labels)} ${numberText(value)}`)
      }
    }
    return lines.length === 0 ? '' : `${lines.join('\n')}\n`
  }
}

function labelsText(labels: Labels): string {
  let text = ''
  for (const name in labels) text += `${text === '' ? '{' : ','}${name}="${escapedValue(String(labels[name]))}"`
  return text === '' ? '' : `${text}}`
}

const escapedValue = (text: string): string =>
  /[\\"\n]/.test(text) ? text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : text

const escapedHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}
