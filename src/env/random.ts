/** Randomness from outside. The simulation seeds it; env/node uses the operating system's source. */
export interface Random {
  /** A whole number in [0, below). */
  integer(below: number): number
  bytes(count: number): Buffer
}
