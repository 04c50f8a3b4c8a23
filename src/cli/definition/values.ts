/**
 * Values of options, read from their text; each throws `InvalidValue` with a sentence that says what is expected. One that
 * takes an earlier value is for an option that may be given again.
 */
import { InvalidValue } from './command.ts'

export function wholeNumber(text: string): number {
  const value = Number(text)
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidValue('Expected a whole number.')
  return value
}

export function naturalNumber(text: string): number {
  const value = wholeNumber(text)
  if (value < 0) throw new InvalidValue('Expected a whole number that is not negative.')
  return value
}

/** `a,b`, and again for more. */
export const several = (text: string, earlier?: readonly string[]): string[] => [...(earlier ?? []), ...text.split(',')]

export const severalNumbers = (text: string, earlier?: readonly number[]): number[] => [
  ...(earlier ?? []),
  ...text.split(',').map(wholeNumber),
]

/** The whole text each time: it may have commas in it. */
export const collect = (text: string, earlier?: readonly string[]): string[] => [...(earlier ?? []), text]

export function assignment(text: string, earlier?: readonly string[]): string[] {
  if (text.indexOf('=') < 1) throw new InvalidValue('Expected key=value.')
  return [...(earlier ?? []), text]
}

export function port(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value > 65_535) throw new InvalidValue('A port is a number from 0 to 65535.')
  return value
}

export function brokerCount(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1 || value > 100)
    throw new InvalidValue('A cluster has between 1 and 100 brokers.')
  return value
}

/** A name and its password. */
export function login(text: string): [string, string] {
  const colon = text.indexOf(':')
  if (colon < 1 || colon === text.length - 1) throw new InvalidValue('Expected name:password.')
  return [text.slice(0, colon), text.slice(colon + 1)]
}

export const logins = (text: string, earlier?: readonly [string, string][]): [string, string][] => [
  ...(earlier ?? []),
  login(text),
]

/** `key=value` as a pair; the value may have equals signs in it. */
export function splitAssignment(text: string): [string, string] {
  const equals = text.indexOf('=')
  return [text.slice(0, equals).trim(), text.slice(equals + 1)]
}
