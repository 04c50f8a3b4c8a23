import { join } from 'node:path'
import type { Lookup, Tool } from './lookup.ts'
import { capture, lastWords, missing, present } from './lookup.ts'
import { npmPackage } from './npm-package.ts'

/** Node lines that samsa promises to run on, each by the npm package that carries its binary. */
const pinned: Record<number, string> = { 20: '20.20.2', 24: '24.21.0' }

export type NodeLine = 20 | 24

const lookups = new Map<NodeLine, Promise<Lookup<Tool>>>()

/** A Node of that line: this process's own when it is of the line, else the pinned one from npm. */
export function node(line: NodeLine): Promise<Lookup<Tool>> {
  const known = lookups.get(line) ?? find(line)
  lookups.set(line, known)
  return known
}

async function find(line: NodeLine): Promise<Lookup<Tool>> {
  if (Number.parseInt(process.versions.node, 10) === line) {
    return present({ version: process.versions.node, path: process.execPath, env: {} })
  }
  const platform = process.platform === 'win32' ? 'win' : process.platform
  try {
    const directory = await npmPackage(`node-${platform}-${process.arch}`, pinned[line])
    const path = join(directory, process.platform === 'win32' ? 'bin/node.exe' : 'bin/node')
    const { stdout } = await capture(path, ['--version'])
    return present({ version: stdout.trim().replace('v', ''), path, env: {} })
  } catch (error) {
    return missing(`Node ${line} could not be had from npm (${lastWords(error)})`)
  }
}

/** The directory of the npm package that carries the newest Node of ours for Linux on such a processor. */
export function nodeFor(cpu: 'x64' | 'arm64'): Promise<string> {
  return npmPackage(`node-linux-${cpu}`, pinned[24], [`--cpu=${cpu}`, '--os=linux'])
}
