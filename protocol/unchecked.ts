/**
 * The one place where a value gets a type that the compiler can neither prove nor refute. The caller knows better and says
 * why beside the call; everywhere else a guard or a plain conversion is the way.
 */
export function unchecked<T>(value: unknown): T {
  return value as T
}
