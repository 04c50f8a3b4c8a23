/** Completion in the shells themselves: each has a terminal, somebody types and presses Tab, and the line is read. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onPath } from '../../scripts/toolchain/lookup.ts'
import { type ShellName, shell } from '../../scripts/toolchain/shells.ts'
import { endWithThisProcess } from '../support/children.ts'
import { samsaCommand } from '../support/samsa.ts'
import type { Case, CaseContext } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import { cliOf } from './cli.ts'

type FoundShell = Extract<Awaited<ReturnType<typeof shell>>, { ok: true }>['tool']

const CLEAR_LINE = '\x15'
/** Tells the line, by a binding that each shell is given. */
const TELL = '\x07'

/** A line of the shell's own file for each: where its parts are, the completion, and what tells the line. */
const RC: Readonly<Record<ShellName, (line: string, found: FoundShell) => string>> = {
  bash: (line) => `
PS1='READY> '
bind 'set enable-bracketed-paste off' 2>/dev/null
source <(samsa completion bash)
bind -x '"\\C-g": printf %s "$READLINE_LINE" > ${line}'
`,
  zsh: (line, { home }) => `
${home === null ? '' : `module_path=(${modulesOf(home)}); fpath=(${functionsOf(home)})`}
PS1='READY> '
unset zle_bracketed_paste
autoload -U compinit && compinit -u -D
source <(samsa completion zsh)
tell() { print -rn -- "$BUFFER" > ${line} }
zle -N tell
bindkey '^G' tell
`,
  fish: (line) => `
set -g fish_greeting
function fish_prompt; echo 'READY> '; end
function fish_right_prompt; end
samsa completion fish | source
bind \\cg 'commandline > ${line}'
`,
}

const modulesOf = (home: string): string =>
  ['usr/lib', 'lib']
    .flatMap((folder) => below(join(home, folder)))
    .flatMap((platform) => below(join(platform, 'zsh')))
    .join(' ')

const functionsOf = (home: string): string => {
  const root = join(home, 'usr/share/zsh/functions')
  const folders = below(root)
  return [root, ...folders, ...folders.flatMap(below)].filter((each) => statSync(each).isDirectory()).join(' ')
}

const below = (folder: string): string[] =>
  existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder).map((name) => join(folder, name)) : []

const ARGUMENTS: Readonly<Record<ShellName, (folder: string) => readonly string[]>> = {
  bash: (folder) => ['--noprofile', '--rcfile', join(folder, '.bashrc'), '-i'],
  zsh: () => ['-d', '-i'],
  fish: () => ['-i'],
}
const FILES: Readonly<Record<ShellName, string>> = { bash: '.bashrc', zsh: '.zshrc', fish: 'fish/config.fish' }

/** A shell with a terminal of its own. */
class Session {
  readonly #child: ChildProcess
  readonly #line: string
  #screen = ''

  constructor(child: ChildProcess, line: string) {
    this.#child = child
    this.#line = line
    child.stdout?.setEncoding('utf8').on('data', (text) => (this.#screen += text))
    child.stdin?.on('error', () => {})
  }

  async ready(): Promise<void> {
    await eventually('a prompt', () => this.#screen.includes('READY>')).catch((error) => {
      throw new Error(`${error.message}; the screen is ${JSON.stringify(this.#screen.slice(-2_000))}`)
    })
  }

  /** The line that is there when Tab was pressed behind the words. */
  async completed(words: string): Promise<string> {
    // A shell that is not reading its line yet would lose a part of the words.
    await this.#told(CLEAR_LINE, (line) => line.trim() === '')
    return (await this.#told(`${words}\t`, (line) => line !== '')).replace(/\n$/, '')
  }

  /** The line that the shell has after these keys. */
  async #told(keys: string, isIt: (line: string) => boolean): Promise<string> {
    rmSync(this.#line, { force: true })
    this.#child.stdin?.write(keys)
    this.#child.stdin?.write(TELL)
    const line = () => (existsSync(this.#line) ? readFileSync(this.#line, 'utf8') : null)
    await eventually(JSON.stringify(keys), () => line() !== null && isIt(line()!)).catch((error) => {
      throw new Error(`${error.message}; the screen is ${JSON.stringify(this.#screen.slice(-2_000))}`)
    })
    return line()!
  }
}

async function open(context: CaseContext, name: ShellName, found: FoundShell, script: string): Promise<Session> {
  const folder = await mkdtemp(join(tmpdir(), `samsa-${name}-`))
  context.after(() => rm(folder, { recursive: true, force: true }))
  const command = [process.execPath, ...samsaCommand()].map((word) => `'${word}'`).join(' ')
  const programs = join(folder, 'bin')
  mkdirSync(programs)
  await writeFile(join(programs, 'samsa'), `#!/bin/sh\nexec ${command} "$@"\n`)
  await chmod(join(programs, 'samsa'), 0o755)
  const file = join(folder, FILES[name])
  mkdirSync(join(file, '..'), { recursive: true })
  const line = join(folder, 'line')
  await writeFile(file, RC[name](line, found))
  const words = [found.path, ...ARGUMENTS[name](folder)].map((word) => `'${word}'`).join(' ')
  const child = spawn(script, ['-qfec', words, '/dev/null'], {
    cwd: folder,
    env: {
      PATH: `${programs}:${process.env.PATH}`,
      TERM: 'xterm',
      HOME: folder,
      ZDOTDIR: folder,
      LANG: 'C.UTF-8',
      XDG_CONFIG_HOME: folder,
      XDG_DATA_HOME: folder,
      ...found.env,
    },
  })
  endWithThisProcess(child)
  context.after(() => child.kill('SIGKILL'))
  return new Session(child, line)
}

const caseOf = (name: ShellName, found: FoundShell, script: string): Case => ({
  name: `completion: ${name} ${found.version}`,
  async run(context) {
    const cli = cliOf(context)
    const topic = context.unique(`${name}-orders`)
    await cli.run('topics', 'create', topic)
    const session = await open(context, name, found, script)
    await session.ready()
    const server = `-b ${context.broker.bootstrapServers}`
    const expected: readonly (readonly [typed: string, line: string])[] = [
      ['samsa top', 'samsa top'],
      ['samsa topics des', 'samsa topics describe '],
      ['samsa groups reset --dry', 'samsa groups reset --dry-run '],
      ['samsa produce x --compression zs', 'samsa produce x --compression zstd '],
      ['samsa produce x --compression=zs', 'samsa produce x --compression=zstd '],
      [`samsa topics describe ${server} ${name}-ord`, `samsa topics describe ${server} ${topic} `],
      ['samsa log verify line-is-no-f', 'samsa log verify line-is-no-f'],
      ['samsa completion fi', 'samsa completion fish '],
    ]
    for (const [typed, line] of expected) assert.equal(await session.completed(typed), line)
  },
})

/** A shell that is not to be had is said so, and the others are tried all the same. */
export async function completionCases(): Promise<Case[]> {
  const script = onPath('script')
  const cases: Case[] = []
  for (const name of ['bash', 'zsh', 'fish'] as const) {
    const lookup = await shell(name)
    const reason =
      script === null ? 'there is no script(1), which gives a shell a terminal' : lookup.ok ? null : lookup.reason
    if (reason === null && lookup.ok && script !== null) cases.push(caseOf(name, lookup.tool, script))
    else console.error(`completion in ${name} is not tried: ${reason}`)
  }
  return cases
}
