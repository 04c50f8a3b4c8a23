import { DEFAULT_HTTP_LISTENERS } from '../config/index.ts'
import type { BuildOptions } from './options.ts'

/** The addresses at which the page and its neighbours are served; none: nobody looks. */
export const httpListeners = ({ config, environment, hasDefaultHttp = false }: BuildOptions): readonly string[] =>
  environment.http === undefined
    ? []
    : (config.get('samsa.http.listeners') ?? (hasDefaultHttp ? DEFAULT_HTTP_LISTENERS.slice(0, 1) : []))
