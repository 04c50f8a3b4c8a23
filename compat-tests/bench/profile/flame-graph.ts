import type { CpuProfile } from './cpu-profile.ts'
import { nameOf, notWork, selfTimes } from './cpu-profile.ts'

interface Frame {
  name: string
  selfUs: number
  totalUs: number
  callees: Map<string, Frame>
}

const width = 1_200
const rowHeight = 17
const charWidth = 6.6
/** Narrower than this nothing can be seen. */
const leastWidth = 0.4

/** An SVG with the callers below and the callees above, as wide as the time they took; names and times show on hover. */
export function flameGraph(profile: CpuProfile, title: string): string {
  const root = mergeStacks(profile)
  const depth = deepest(root)
  const height = (depth + 3) * rowHeight
  const boxes: string[] = []
  draw(root, 0, 0, width / root.totalUs, height, root.totalUs, boxes)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, monospace" font-size="11">`,
    `<text x="4" y="14" font-size="13" fill="#7d838c">${escapeXml(title)}</text>`,
    ...boxes,
    '</svg>',
  ].join('\n')
}

/** One tree of functions: calls of the same function from the same caller are one. */
function mergeStacks(profile: CpuProfile): Frame {
  const byId = new Map(profile.nodes.map((node) => [node.id, node]))
  const selfUs = selfTimes(profile)
  const merge = (into: Frame, id: number): void => {
    const { callFrame, children = [] } = byId.get(id)!
    const name = nameOf(callFrame)
    if (notWork.has(name)) return
    const frame = into.callees.get(name) ?? { name, selfUs: 0, totalUs: 0, callees: new Map() }
    into.callees.set(name, frame)
    frame.selfUs += selfUs.get(id) ?? 0
    for (const child of children) merge(frame, child)
  }
  const top: Frame = { name: '', selfUs: 0, totalUs: 0, callees: new Map() }
  merge(top, profile.nodes[0].id)
  const root = top.callees.values().next().value!
  root.name = 'all'
  sum(root)
  return root
}

function sum(frame: Frame): number {
  frame.totalUs = frame.selfUs
  for (const callee of frame.callees.values()) frame.totalUs += sum(callee)
  return frame.totalUs
}

const deepest = (frame: Frame): number => 1 + Math.max(0, ...[...frame.callees.values()].map(deepest))

function draw(
  frame: Frame,
  x: number,
  level: number,
  scale: number,
  height: number,
  allUs: number,
  boxes: string[],
): void {
  const boxWidth = frame.totalUs * scale
  if (boxWidth < leastWidth) return
  const y = height - (level + 1) * rowHeight
  const share = ((frame.totalUs / allUs) * 100).toFixed(1)
  const words = escapeXml(`${frame.name}: ${(frame.totalUs / 1_000).toFixed(0)} ms, ${share}%`)
  const fits = Math.floor(boxWidth / charWidth) - 1
  const label = fits >= 3 ? escapeXml(frame.name.slice(0, fits)) : ''
  boxes.push(
    `<g><title>${words}</title>` +
      `<rect x="${x.toFixed(1)}" y="${y}" width="${boxWidth.toFixed(1)}" height="${rowHeight - 1}" fill="${colour(frame.name)}" rx="1"/>` +
      `<text x="${(x + 3).toFixed(1)}" y="${y + 12}" fill="#1b1b1b">${label}</text></g>`,
  )
  let at = x
  for (const callee of [...frame.callees.values()].sort((a, b) => b.totalUs - a.totalUs)) {
    draw(callee, at, level + 1, scale, height, allUs, boxes)
    at += callee.totalUs * scale
  }
}

/** Node's own functions are blue, the garbage collector is red, samsa's own go from yellow to orange by name. */
function colour(name: string): string {
  if (name.includes('garbage')) return '#e5584f'
  if (name.includes('node:') || !name.includes('.ts')) return '#8fb7d9'
  let hash = 0
  for (const character of name) hash = (hash * 31 + character.charCodeAt(0)) % 997
  return `hsl(${30 + (hash % 25)}, 85%, ${62 + (hash % 12)}%)`
}

const escapeXml = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
