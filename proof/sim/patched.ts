/** Where a broker's own classes can be made to err: for bugs planted on purpose. */

/** `prototype` with other methods and values, made from its own ones, until the answer is called. */
export function patched<Target extends object>(
  prototype: Target,
  change: (own: Target) => Partial<Target>,
): () => () => void {
  return () => {
    const own = Object.create(null, Object.getOwnPropertyDescriptors(prototype)) as Target
    const methods = change(own)
    for (const [name, method] of Object.entries(methods)) {
      Object.defineProperty(prototype, name, { value: method, configurable: true, writable: true })
    }
    return () => {
      for (const name of Object.keys(methods)) {
        Object.defineProperty(prototype, name, Object.getOwnPropertyDescriptor(own, name) as PropertyDescriptor)
      }
    }
  }
}
