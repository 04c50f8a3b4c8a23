import { parse, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import type { Product } from '../targets.ts'

/** One bar. */
export interface Bar {
  group: string
  product: Product
  value: number
}

const names: Partial<Record<Product, string>> = { samsa: 'samsa', apache: 'Apache Kafka', floor: 'floor' }
/** Chosen to stand out from white and from near black alike; so is the grey of all text. The background is the page's. */
const colours = ['#2f9e8f', '#d9822b', '#8a8f98']
const grey = '#7d838c'

const look = {
  font: 'system-ui, sans-serif',
  view: { stroke: null },
  axis: {
    labelColor: grey,
    titleColor: grey,
    tickColor: grey,
    domainColor: grey,
    gridColor: '#7d838c33',
  },
  legend: { labelColor: grey },
}

/** Horizontal bars, one for each product in each group, as SVG. The values are written at their ends. */
export function barChart(title: string, unit: string, bars: readonly Bar[]): Promise<string> {
  const products = (['samsa', 'apache', 'floor'] as const).filter((one) => bars.some((bar) => bar.product === one))
  const values = bars.map(({ group, product, value }) => ({ group, product: names[product], value }))
  const axis = { labelLimit: 300 }
  const y = { field: 'group', type: 'nominal', sort: null, title: null, axis } as const
  const x = { field: 'value', type: 'quantitative', title: unit, scale: { nice: true } } as const
  const yOffset = { field: 'product', sort: products.map((one) => names[one]!) }
  const colour = {
    field: 'product',
    type: 'nominal',
    title: null,
    scale: { domain: products.map((one) => names[one]!), range: colours },
    legend: { orient: 'top', direction: 'horizontal' },
  } as const
  const spec: TopLevelSpec = {
    title: { text: title, anchor: 'start', color: grey, fontSize: 14, offset: 8 },
    data: { values },
    width: 520,
    height: { step: 15 },
    background: 'transparent',
    padding: 8,
    layer: [
      { mark: { type: 'bar', cornerRadiusEnd: 2 }, encoding: { y, x, yOffset, color: colour } },
      {
        mark: { type: 'text', align: 'left', dx: 4, fontSize: 10, color: grey },
        encoding: { y, x, yOffset, text: { field: 'value', type: 'quantitative', format: ',.3~r' } },
      },
    ],
    config: look,
  }
  return render(spec)
}

/** Lines over time, one for each series, as SVG. */
export function lineChart(
  title: string,
  unit: string,
  points: readonly { series: string; minutes: number; value: number }[],
): Promise<string> {
  const series = [...new Set(points.map((one) => one.series))]
  const spec: TopLevelSpec = {
    title: { text: title, anchor: 'start', color: grey, fontSize: 14, offset: 8 },
    data: { values: [...points] },
    width: 520,
    height: 220,
    background: 'transparent',
    padding: 8,
    mark: { type: 'line', strokeWidth: 2 },
    encoding: {
      x: { field: 'minutes', type: 'quantitative', title: 'minutes' },
      y: { field: 'value', type: 'quantitative', title: unit },
      color: {
        field: 'series',
        type: 'nominal',
        title: null,
        scale: { domain: series, range: colours },
        legend: { orient: 'top', direction: 'horizontal' },
      },
    },
    config: look,
  }
  return render(spec)
}

/** The cost of something at one number of what grows. */
export interface CurvePoint {
  product: Product
  at: number
  value: number
}

/** A line for each product along a number that grows tenfold from point to point, both axes logarithmic, as SVG. */
export function curveChart(title: string, axis: string, unit: string, points: readonly CurvePoint[]): Promise<string> {
  const values = points.map(({ product, at, value }) => {
    const isLower = points.some((other) => other.at === at && other.value > value)
    return { product: names[product], at, value, isLower }
  })
  const ticks = ticksAround(points.map(({ value }) => value))
  const extent = [ticks[0], ticks.at(-1)!]
  const shown = [...new Set(points.map(({ at }) => at))]
  const logarithmic = (field: string, title: string, values: number[], domain?: number[]) =>
    ({ field, type: 'quantitative', title, scale: { type: 'log', domain }, axis: { values, format: ',~r' } }) as const
  const x = logarithmic('at', axis, shown)
  const y = logarithmic('value', unit, ticks, extent)
  const color = {
    field: 'product',
    type: 'nominal',
    title: null,
    scale: { domain: [names.samsa!, names.apache!], range: colours.slice(0, 2) },
    legend: { orient: 'top', direction: 'horizontal' },
  } as const
  const text = { field: 'value', type: 'quantitative', format: ',.3~r' } as const
  const written = (isLower: boolean) => ({
    transform: [{ filter: `datum.isLower === ${isLower}` }],
    mark: { type: 'text' as const, dy: isLower ? 12 : -12, fontSize: 10, color: grey },
    encoding: { x, y, text },
  })
  const spec: TopLevelSpec = {
    title: { text: title, anchor: 'start', color: grey, fontSize: 14, offset: 8 },
    data: { values },
    width: 520,
    height: 240,
    background: 'transparent',
    padding: 8,
    layer: [
      { mark: { type: 'line', strokeWidth: 2, point: { filled: true, size: 40 } }, encoding: { x, y, color } },
      written(false),
      written(true),
    ],
    config: look,
  }
  return render(spec)
}

/** The numbers 1, 2 and 5 of each decade, from the last one below all values to the first above them. */
function ticksAround(values: readonly number[]): number[] {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const ticks: number[] = []
  for (let decade = 10 ** Math.floor(Math.log10(least)); decade <= most * 10; decade *= 10) {
    for (const step of [1, 2, 5]) ticks.push(Number((decade * step).toPrecision(1)))
  }
  const from = Math.max(
    0,
    ticks.findLastIndex((tick) => tick < least),
  )
  const to = ticks.findIndex((tick) => tick > most)
  return ticks.slice(from, to + 1)
}

function render(spec: TopLevelSpec): Promise<string> {
  return new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG()
}
