/** A line over the last minutes. uPlot draws it; colours are those of the theme. */
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import UPlot from 'uplot'

export interface Series {
  readonly title: string
  readonly values: readonly (number | null)[]
}

export interface ChartProps {
  readonly label: string
  /** Seconds since the epoch. */
  readonly times: readonly number[]
  readonly series: readonly Series[]
  readonly format: (value: number) => string
}

const HEIGHT_PX = 168
/** Samples come once a second. */
const STEPS_SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600]
const LABEL_PX = 52
const COLORS = ['--accent', '--second']

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

/** Nothing is drawn before there are two moments to draw a line between. */
export function Chart(props: ChartProps): JSX.Element {
  return props.times.length < 2 ? <div class="chart empty">Measuring …</div> : <Lines {...props} />
}

function Lines({ label, times, series, format }: ChartProps): JSX.Element {
  const ref = useRef<HTMLDivElement>(null)
  const plot = useRef<UPlot | null>(null)
  useEffect(() => {
    const place = ref.current
    if (place === null) return
    const draw = () => {
      plot.current?.destroy()
      plot.current = new UPlot(optionsOf(place.clientWidth, series, format), dataOf(times, series), place)
    }
    draw()
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: place.clientWidth, height: HEIGHT_PX }))
    observer.observe(place)
    const themes = new MutationObserver(draw)
    themes.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    return () => {
      observer.disconnect()
      themes.disconnect()
      plot.current?.destroy()
      plot.current = null
    }
  }, [])
  useEffect(() => plot.current?.setData(dataOf(times, series)), [times, series])
  const last = series.map(({ title, values }) => `${title} ${format(values.at(-1) ?? 0)}`).join(', ')
  return <div class="chart" ref={ref} role="img" aria-label={`${label}: ${last}`} />
}

const clockTime = (seconds: number): string =>
  new Date(seconds * 1000).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })

/** A label that would be cut at the end of the axis is left out. */
function clockTimes(plot: UPlot, seconds: readonly number[]): (string | null)[] {
  const end = plot.bbox.width / devicePixelRatio - LABEL_PX / 2
  return seconds.map((each) => (plot.valToPos(each, 'x') > end ? null : clockTime(each)))
}

const dataOf = (times: readonly number[], series: readonly Series[]): UPlot.AlignedData =>
  [[...times], ...series.map(({ values }) => [...values])] as UPlot.AlignedData

function optionsOf(width: number, series: readonly Series[], format: (value: number) => string): UPlot.Options {
  const axis = {
    stroke: colour('--muted'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: '11px ui-sans-serif, system-ui',
  }
  return {
    width,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 } },
    padding: [8, 4, 0, 0],
    scales: { x: { time: true }, y: { range: (_, __, max) => [0, Math.max(max * 1.15, 1)] } },
    axes: [
      { ...axis, grid: { show: false }, size: 24, space: 90, incrs: STEPS_SECONDS, values: clockTimes },
      { ...axis, size: 52, values: (_, values) => values.map((value) => format(value)) },
    ],
    series: [
      {},
      ...series.map(({ title }, index) => ({
        label: title,
        stroke: colour(COLORS[index]!),
        width: 1.5,
        fill: `${colour(COLORS[index]!)}1f`,
        points: { show: false },
      })),
    ],
  }
}
