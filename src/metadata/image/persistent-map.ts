/**
 * An immutable map from strings: a hash array mapped trie with 32-way branches, where `set` copies the few nodes on one
 * path and shares the rest. A metadata image keeps its topics in such maps, so that creating the ten-thousandth topic
 * costs what creating the tenth does and every older image stays as it was.
 */
import { countBits } from '../../../protocol/collections/bits.ts'
import { at } from '../../../protocol/collections/elements.ts'

const BITS = 5
const MASK = 31

interface Leaf<V> {
  readonly hash: number
  readonly key: string
  value: V
  readonly owner: Owner
}

/** Keys of one hash, which 32 bits make rare. */
interface Collision<V> {
  readonly hash: number
  readonly leaves: readonly Leaf<V>[]
}

interface Branch<V> {
  bitmap: number
  readonly children: Node<V>[]
  readonly owner: Owner
}

type Node<V> = Leaf<V> | Collision<V> | Branch<V>

/** Nodes that one `MapBuilder` has made may be changed in place by that builder alone; null: by nobody. */
type Owner = object | null

const isBranch = <V>(node: Node<V>): node is Branch<V> => 'children' in node
const isCollision = <V>(node: Node<V>): node is Collision<V> => 'leaves' in node

/** FNV-1a over UTF-16 units, finished so that the low bits, which choose the first branch, depend on all of them. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  hash ^= hash >>> 15
  return Math.imul(hash, 0x2c1b3c6d) >>> 0
}

export class PersistentMap<V> implements Iterable<readonly [string, V]> {
  readonly size: number
  readonly #root: Node<V> | null

  private constructor(root: Node<V> | null, size: number) {
    this.#root = root
    this.size = size
  }

  static empty<V>(): PersistentMap<V> {
    return new PersistentMap<V>(null, 0)
  }

  get(key: string): V | undefined {
    const hash = hashOf(key)
    let node: Node<V> | null | undefined = this.#root
    for (let shift = 0; node; shift += BITS) {
      if (isBranch(node)) {
        const bit = 1 << ((hash >>> shift) & MASK)
        if ((node.bitmap & bit) === 0) return undefined
        node = node.children[countBits(node.bitmap & (bit - 1))]
      } else if (isCollision(node)) {
        return node.leaves.find((leaf) => leaf.key === key)?.value
      } else {
        return node.key === key ? node.value : undefined
      }
    }
    return undefined
  }

  has(key: string): boolean {
    return this.get(key) !== undefined
  }

  set(key: string, value: V): PersistentMap<V> {
    return this.change((builder) => builder.set(key, value))
  }

  delete(key: string): PersistentMap<V> {
    return this.change((builder) => builder.delete(key))
  }

  /** Several changes for the price of one copy of what they touch. */
  change(fn: (builder: MapBuilder<V>) => void): PersistentMap<V> {
    const builder = new MapBuilder<V>(this.#root, this.size)
    fn(builder)
    const { root, size } = builder
    return root === this.#root ? this : root === null ? PersistentMap.empty() : new PersistentMap(root, size)
  }

  [Symbol.iterator](): Iterator<readonly [string, V]> {
    return this.#leaves.map(({ key, value }) => [key, value] as const)[Symbol.iterator]()
  }

  keys(): Iterable<string> {
    return this.#leaves.map(({ key }) => key)
  }

  values(): Iterable<V> {
    return this.#leaves.map(({ value }) => value)
  }

  /** Gathered at once: generators inside of each other would hand every leaf on from branch to branch. */
  get #leaves(): readonly Leaf<V>[] {
    const leaves: Leaf<V>[] = []
    if (this.#root !== null) gather(this.#root, leaves)
    return leaves
  }
}

function gather<V>(node: Node<V>, leaves: Leaf<V>[]): void {
  if (isBranch(node)) for (const child of node.children) gather(child, leaves)
  else if (isCollision(node)) leaves.push(...node.leaves)
  else leaves.push(node)
}

/** The builder that `PersistentMap.change` hands out; it must not be kept after that call. */
class MapBuilder<V> {
  root: Node<V> | null
  size: number
  readonly #owner: Owner = {}

  constructor(root: Node<V> | null, size: number) {
    this.root = root
    this.size = size
  }

  set(key: string, value: V): void {
    const leaf: Leaf<V> = { hash: hashOf(key), key, value, owner: this.#owner }
    this.root = this.root === null ? this.#added(leaf) : this.#put(this.root, leaf, 0)
  }

  delete(key: string): void {
    if (this.root !== null) this.root = this.#remove(this.root, hashOf(key), key, 0)
  }

  #added(leaf: Leaf<V>): Leaf<V> {
    this.size++
    return leaf
  }

  #put(node: Node<V>, leaf: Leaf<V>, shift: number): Node<V> {
    if (isBranch(node)) return this.#putBranch(node, leaf, shift)
    if (node.hash !== leaf.hash) return this.#fork(node, this.#added(leaf), shift)
    const leaves = isCollision(node) ? node.leaves : [node]
    const others = leaves.filter(({ key }) => key !== leaf.key)
    if (others.length === leaves.length) this.size++
    return others.length === 0 ? leaf : { hash: leaf.hash, leaves: [...others, leaf] }
  }

  #putBranch(node: Branch<V>, leaf: Leaf<V>, shift: number): Branch<V> {
    const bit = 1 << ((leaf.hash >>> shift) & MASK)
    const index = countBits(node.bitmap & (bit - 1))
    const branch = this.#owned(node)
    if ((node.bitmap & bit) !== 0) {
      branch.children[index] = this.#put(at(branch.children, index), leaf, shift + BITS)
    } else {
      branch.children.splice(index, 0, this.#added(leaf))
      branch.bitmap |= bit
    }
    return branch
  }

  /** A branch above two nodes of different hash. */
  #fork(old: Leaf<V> | Collision<V>, leaf: Leaf<V>, shift: number): Branch<V> {
    const a = (old.hash >>> shift) & MASK
    const b = (leaf.hash >>> shift) & MASK
    const bitmap = (1 << a) | (1 << b)
    const children: Node<V>[] = a === b ? [this.#fork(old, leaf, shift + BITS)] : a < b ? [old, leaf] : [leaf, old]
    return { bitmap, children, owner: this.#owner }
  }

  #remove(node: Node<V>, hash: number, key: string, shift: number): Node<V> | null {
    if (!isBranch(node)) {
      const leaves = isCollision(node) ? node.leaves : [node]
      const others = leaves.filter((leaf) => leaf.key !== key)
      if (others.length === leaves.length) return node
      this.size--
      const [only, ...rest] = others
      if (only === undefined) return null
      return rest.length === 0 ? only : { hash, leaves: others }
    }
    const bit = 1 << ((hash >>> shift) & MASK)
    if ((node.bitmap & bit) === 0) return node
    const index = countBits(node.bitmap & (bit - 1))
    const before = at(node.children, index)
    const child = this.#remove(before, hash, key, shift + BITS)
    if (child === before) return node
    const branch = this.#owned(node)
    if (child !== null) {
      branch.children[index] = child
    } else {
      branch.children.splice(index, 1)
      branch.bitmap &= ~bit
    }
    // A lone leaf moves up, so that equal maps have equal shapes.
    const [only] = branch.children
    if (only === undefined) return null
    return branch.children.length === 1 && !isBranch(only) ? only : branch
  }

  #owned(branch: Branch<V>): Branch<V> {
    if (branch.owner === this.#owner) return branch
    return { bitmap: branch.bitmap, children: branch.children.slice(), owner: this.#owner }
  }
}
