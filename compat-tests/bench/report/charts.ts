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
    config: {
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
    },
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
    config: {
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
    },
  }
  return render(spec)
}

function render(spec: TopLevelSpec): Promise<string> {
  return new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG()
}
