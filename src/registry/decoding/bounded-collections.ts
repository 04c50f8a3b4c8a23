/**
 * Arrays and maps of Avro that hold no more than their bytes can. avsc believes how many items a block says that it has,
 * and reads beyond the end of the bytes until all are there: five bytes would take all of the memory.
 */
import avro from 'avsc'
import { unchecked } from '../../../protocol/unchecked.ts'

/** The part of avsc's reader that is needed here. */
interface Tap {
  readLong(): number
  skipLong(): void
  readString(): string
}
interface Readable {
  _read(tap: Tap): unknown
}

/** Reading is one synchronous call: this is of the one under way. Each item takes a byte at least, or is none that matters. */
let itemsLeft = 0

/** Calls `read`, in which arrays and maps may have so many items altogether. */
export function withItems<T>(most: number, read: () => T): T {
  itemsLeft = most
  return read()
}

/** The number of items in the next block; 0: there is none. */
function nextBlock(tap: Tap): number {
  const count = tap.readLong()
  if (count < 0) tap.skipLong()
  const items = Math.abs(count)
  itemsLeft -= items
  if (!(itemsLeft >= 0)) throw new Error('they name more items than there are bytes')
  return items
}

class BoundedArray extends avro.types.ArrayType {
  _read(tap: Tap): unknown[] {
    const items = unchecked<Readable>(this.itemsType)
    const read: unknown[] = []
    for (let left = nextBlock(tap); left > 0; left = nextBlock(tap)) {
      while (left-- > 0) read.push(items._read(tap))
    }
    return read
  }
}

class BoundedMap extends avro.types.MapType {
  _read(tap: Tap): object {
    const values = unchecked<Readable>(this.valuesType)
    // Any name may be a key, `__proto__` too.
    const read: Record<string, unknown> = Object.create(null)
    for (let left = nextBlock(tap); left > 0; left = nextBlock(tap)) {
      while (left-- > 0) {
        const key = tap.readString()
        read[key] = values._read(tap)
      }
    }
    return read
  }
}

/** For `Type.forSchema`: undefined where the type is avsc's own. */
export function boundedType(schema: unknown, options: unknown): avro.Type | undefined {
  const { type } = (schema ?? {}) as { type?: unknown }
  if (type === 'array') return new BoundedArray(unchecked<avro.Schema>(schema), options)
  return type === 'map' ? new BoundedMap(unchecked<avro.Schema>(schema), options) : undefined
}
