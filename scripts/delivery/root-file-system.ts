/** The files of the image: a few packages of Debian, Node from npm, the package, and what people expect in Kafka's images. */
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { downloadDebianPackages } from '../toolchain/debian.ts'
import { nodeFor } from '../toolchain/node.ts'
import { fetched } from './out-of-reach.ts'
import { type Cpu, stage } from './stage.ts'

/** Debian's names of processors, which are the images' too. */
export const ARCHITECTURE: Readonly<Record<Cpu, string>> = { x64: 'amd64', arm64: 'arm64' }

/** Node and a shell need them; busybox has everything else that start scripts of others call. */
const PACKAGES = ['libc6', 'libgcc-s1', 'libstdc++6', 'busybox-static', 'bash', 'libtinfo6']
const UNNEEDED = ['usr/share', 'usr/lib/systemd', 'etc/skel', 'etc/bash.bashrc', 'var']
const MERGED = ['bin', 'sbin', 'lib', 'lib64']
/** Programs of busybox that scripts in containers use. */
const PROGRAMS =
  'awk base64 basename cat chmod chown cp cut date dirname env expr false find grep head hostname id kill ln ls mkdir mktemp mv nc nproc ps pwd readlink rm rmdir sed seq sh sleep sort stat tail tar tee test timeout touch tr true uname uniq wc which whoami xargs'
const USERS = `root:x:0:0:root:/root:/bin/sh
appuser:x:1000:1000:Kafka:/home/appuser:/bin/bash
`
export const USER = 1000

/** Where Apache's, Confluent's and Bitnami's images begin, and their programs lie. */
const RUNS = ['etc/kafka/docker/run', 'etc/confluent/docker/run', 'opt/bitnami/scripts/kafka/run.sh']
/** Testcontainers writes into these of Confluent's before it starts the broker; nothing reads them here. */
const WRITTEN_BY_OTHERS = ['etc/confluent/docker/configure', 'etc/confluent/docker/ensure']
const files = join(import.meta.dirname, 'image')

/** Layers from the bottom up: the one that changes least comes first. */
export interface Layer {
  readonly folder: string
  /** The user and group of everything in it. */
  readonly owner: number
}

export async function rootFileSystem(work: string, cpu: Cpu): Promise<Layer[]> {
  const [system, samsa, own] = ['system', 'samsa', 'own'].map((name) => join(work, name)) as [string, string, string]
  await writeSystem(work, system, cpu)
  await stage(join(samsa, 'opt/samsa'), cpu)
  writePrograms(samsa)
  for (const name of ['var/lib/kafka/data', 'home/appuser', 'etc/confluent/docker', 'mnt/shared/config']) {
    mkdirSync(join(own, name), { recursive: true })
  }
  for (const name of WRITTEN_BY_OTHERS) writeFileSync(join(own, name), '')
  for (const name of RUNS) place(join(files, 'docker/run'), join(own, name))
  return [
    { folder: system, owner: 0 },
    { folder: samsa, owner: 0 },
    { folder: own, owner: USER },
  ]
}

async function writeSystem(work: string, system: string, cpu: Cpu): Promise<void> {
  const packages = join(work, 'packages')
  await fetched('The packages of Debian', () => downloadDebianPackages(PACKAGES, ARCHITECTURE[cpu], packages))
  for (const name of MERGED) {
    mkdirSync(join(system, 'usr', name), { recursive: true })
    symlinkSync(`usr/${name}`, join(system, name))
  }
  for (const name of readdirSync(packages)) {
    const archive = execFileSync('dpkg-deb', ['--fsys-tarfile', join(packages, name)], { maxBuffer: 2 ** 28 })
    execFileSync('tar', ['-x', '--keep-directory-symlink', '-C', system], { input: archive })
  }
  for (const name of UNNEEDED) rmSync(join(system, name), { recursive: true, force: true })
  for (const name of PROGRAMS.split(' ')) link('busybox', join(system, 'usr/bin', name))
  for (const name of ['etc', 'root', 'proc', 'sys', 'dev', 'run', 'tmp'])
    mkdirSync(join(system, name), { recursive: true })
  chmodSync(join(system, 'tmp'), 0o1777)
  writeFileSync(join(system, 'etc/passwd'), USERS)
  writeFileSync(join(system, 'etc/group'), 'root:x:0:\nappuser:x:1000:\n')
  writeFileSync(join(system, 'etc/nsswitch.conf'), 'hosts: files dns\n')
  const node = await fetched(`Node for ${cpu}`, () => nodeFor(cpu))
  place(join(node, 'bin/node'), join(system, 'usr/local/bin/node'))
  place(join(node, 'LICENSE'), join(system, 'usr/local/share/doc/node/LICENSE'), 0o644)
}

function writePrograms(samsa: string): void {
  for (const name of readdirSync(join(files, 'bin'))) {
    place(join(files, 'bin', name), join(samsa, 'opt/kafka/bin', name))
    // Confluent's programs have no ending.
    for (const short of new Set([name, name.replace('.sh', '')])) {
      mkdirSync(join(samsa, 'usr/bin'), { recursive: true })
      symlinkSync(`/opt/kafka/bin/${name}`, join(samsa, 'usr/bin', short))
    }
  }
  mkdirSync(join(samsa, 'opt/bitnami/kafka'), { recursive: true })
  symlinkSync('/opt/kafka/bin', join(samsa, 'opt/bitnami/kafka/bin'))
}

function place(from: string, to: string, mode = 0o755): void {
  mkdirSync(join(to, '..'), { recursive: true })
  cpSync(from, to)
  chmodSync(to, mode)
}

function link(to: string, path: string): void {
  try {
    readlinkSync(path)
  } catch {
    rmSync(path, { force: true })
    symlinkSync(to, path)
  }
}
