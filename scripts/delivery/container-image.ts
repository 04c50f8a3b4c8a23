/**
 * `make image`: container images for amd64 and arm64, made without Docker. out/samsa-image-ARCH.tar is an archive for
 * `docker load` and `podman load` and at once an OCI layout; out/image/ is the layout of both, for `skopeo copy oci:out/image …`.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { cacheDirectory, repositoryRoot } from '../toolchain/lookup.ts'
import { ARCHITECTURE, type Layer, rootFileSystem, USER } from './root-file-system.ts'
import type { Cpu } from './stage.ts'

const OCI = 'application/vnd.oci.image'
const { version } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8'))
const work = join(cacheDirectory, 'image')
const out = join(repositoryRoot, 'out')
const layout = join(out, 'image')
/** So that the same sources make the same image. */
const TIME = '2026-01-01T00:00:00Z'

interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

async function main(): Promise<void> {
  const only = process.argv[2]
  const cpus = (Object.keys(ARCHITECTURE) as Cpu[]).filter((cpu) => only === undefined || ARCHITECTURE[cpu] === only)
  if (cpus.length === 0) throw new Error(`There is no image for ${only}: it is amd64 or arm64.`)
  rmSync(layout, { recursive: true, force: true })
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true })
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  const manifests: Descriptor[] = []
  for (const cpu of cpus) manifests.push(await imageOf(cpu))
  writeIndex(manifests)
  rmSync(work, { recursive: true, force: true })
}

async function imageOf(cpu: Cpu): Promise<Descriptor> {
  const architecture = ARCHITECTURE[cpu]
  const folder = join(work, architecture)
  rmSync(folder, { recursive: true, force: true })
  const layers = (await rootFileSystem(folder, cpu)).map(packed)
  const config = blob(
    `${OCI}.config.v1+json`,
    JSON.stringify(
      configOf(
        architecture,
        layers.map(({ diffId }) => diffId),
      ),
    ),
  )
  const descriptors = layers.map(({ descriptor }) => descriptor)
  const manifest = blob(
    `${OCI}.manifest.v1+json`,
    JSON.stringify({ schemaVersion: 2, mediaType: `${OCI}.manifest.v1+json`, config, layers: descriptors }),
  )
  const described = { ...manifest, platform: { architecture, os: 'linux' } }
  writeIndex([described])
  const place = ({ digest }: Descriptor) => `blobs/sha256/${digest.slice(7)}`
  const loaded = {
    Config: place(config),
    RepoTags: [`samsa:${version}`, 'samsa:latest'],
    Layers: descriptors.map(place),
  }
  writeFileSync(join(layout, 'manifest.json'), JSON.stringify([loaded]))
  const archive = join(out, `samsa-image-${architecture}.tar`)
  const parts = [config, manifest, ...descriptors].map(place)
  execFileSync('tar', ['-cf', archive, '-C', layout, 'oci-layout', 'index.json', 'manifest.json', ...parts])
  rmSync(join(layout, 'manifest.json'))
  console.log(`${archive} (${(statSync(archive).size / 1e6).toFixed(1)} MB compressed)`)
  return described
}

function writeIndex(manifests: readonly Descriptor[]): void {
  const annotations = { 'org.opencontainers.image.ref.name': version, 'io.containerd.image.name': `samsa:${version}` }
  const index = {
    schemaVersion: 2,
    mediaType: `${OCI}.index.v1+json`,
    manifests: manifests.map((each) => ({ ...each, annotations })),
  }
  writeFileSync(join(layout, 'index.json'), JSON.stringify(index))
}

function packed({ folder, owner }: Layer): { descriptor: Descriptor; diffId: string } {
  const who = [`--owner=${owner}`, `--group=${owner}`, '--numeric-owner', `--mtime=${TIME}`]
  // The root of a layer is not listed: it would be the owner of / in the container.
  const tar = execFileSync('tar', ['-c', '--sort=name', ...who, '-C', folder, ...topOf(folder)], { maxBuffer: 2 ** 30 })
  return { descriptor: blob(`${OCI}.layer.v1.tar+gzip`, gzipSync(tar, { level: 9 })), diffId: digestOf(tar) }
}

const topOf = (folder: string): string[] => execFileSync('ls', ['-A', folder], { encoding: 'utf8' }).trim().split('\n')

function blob(mediaType: string, content: string | Buffer): Descriptor {
  const digest = digestOf(content)
  writeFileSync(join(layout, 'blobs/sha256', digest.slice(7)), content)
  return { mediaType, digest, size: Buffer.byteLength(content) }
}

const digestOf = (content: string | Buffer) => `sha256:${createHash('sha256').update(content).digest('hex')}`

function configOf(architecture: string, diffIds: readonly string[]): object {
  return {
    architecture,
    os: 'linux',
    created: TIME,
    config: {
      User: `${USER}:${USER}`,
      Env: ['PATH=/usr/local/bin:/usr/bin:/bin:/opt/kafka/bin', 'HOME=/home/appuser'],
      Cmd: ['/etc/kafka/docker/run'],
      WorkingDir: '/var/lib/kafka',
      ExposedPorts: { '9092/tcp': {} },
      Volumes: { '/var/lib/kafka/data': {} },
      StopSignal: 'SIGTERM',
      Labels: { 'org.opencontainers.image.version': version, 'org.opencontainers.image.licenses': 'Apache-2.0' },
    },
    rootfs: { type: 'layers', diff_ids: diffIds },
  }
}

await main()
