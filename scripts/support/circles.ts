/**
 * The circles of a graph: from each set of nodes that all reach each other the shortest way round, which begins and ends
 * with the same node.
 */
export function circlesOf(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  return strongComponents(edges).map((component) => shortestCircle(edges, component))
}

/** Sets of more than one node that all reach each other (Tarjan), and nodes that lead to themselves. */
function strongComponents(edges: ReadonlyMap<string, readonly string[]>): ReadonlySet<string>[] {
  const order = new Map<string, number>()
  const lowest = new Map<string, number>()
  const open: string[] = []
  const isOpen = new Set<string>()
  const components: ReadonlySet<string>[] = []

  const visit = (node: string): number => {
    const number = order.size
    order.set(node, number)
    lowest.set(node, number)
    open.push(node)
    isOpen.add(node)
    const targets = edges.get(node) ?? []
    for (const target of targets) {
      if (!edges.has(target)) continue
      const reached = order.has(target) ? (isOpen.has(target) ? (order.get(target) ?? number) : number) : visit(target)
      lowest.set(node, Math.min(lowest.get(node) ?? number, reached))
    }
    if (lowest.get(node) === number) {
      const component = open.splice(open.indexOf(node))
      for (const member of component) isOpen.delete(member)
      if (component.length > 1 || targets.includes(node)) components.push(new Set(component))
    }
    return lowest.get(node) ?? number
  }

  for (const node of edges.keys()) if (!order.has(node)) visit(node)
  return components
}

function shortestCircle(edges: ReadonlyMap<string, readonly string[]>, component: ReadonlySet<string>): string[] {
  const [start] = [...component].sort()
  const ways: string[][] = [[start]]
  const seen = new Set<string>()
  for (const way of ways) {
    for (const target of edges.get(way[way.length - 1]) ?? []) {
      if (target === start) return [...way, start]
      if (!component.has(target) || seen.has(target)) continue
      seen.add(target)
      ways.push([...way, target])
    }
  }
  return [...component]
}
