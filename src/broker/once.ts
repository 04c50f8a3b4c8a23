/** Makes a part when it is first asked for, and gives the same one to all who ask later. */
export const once = <Part>(make: () => Promise<Part>): (() => Promise<Part>) => {
  let part: Promise<Part> | null = null
  return () => (part ??= make())
}
