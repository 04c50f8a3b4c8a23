/** `target` with some of its methods replaced; the others are called on `target` itself. */
export function withMethods<Target extends object>(target: Target, methods: Partial<Target>): Target {
  return new Proxy(target, {
    get: (_, name) => {
      const replaced = Reflect.get(methods, name)
      if (replaced !== undefined) return replaced
      const own = Reflect.get(target, name)
      return typeof own === 'function' ? own.bind(target) : own
    },
  })
}
