/** Short words for the descriptions of routes. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { Failure } from '../schemas.ts'

const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } })

/** The body of a request. */
export const body = <Schema extends z.ZodType>(schema: Schema) => ({ required: true, content: json(schema) })

/** An answer when all goes well, beside those of everything else. */
export const answers = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  200: { description, content: json(schema) },
  400: { description: 'The request is wrong; the error says how.', content: json(Failure) },
  404: { description: 'There is nothing of this name.', content: json(Failure) },
  409: { description: 'The broker cannot do that; the error says why.', content: json(Failure) },
  504: { description: 'A wait was in vain; the error says what was there instead.', content: json(Failure) },
})

export const idOf = z.object({ id: z.string() })

/** Nothing of this name is there. */
export class NotThere extends Error {
  override readonly name = 'NotThere'
}

/** An app whose bad requests are answered with one sentence. */
export const newApp = (): OpenAPIHono =>
  new OpenAPIHono({
    defaultHook: (result, context) => {
      if (result.success) return
      const [issue] = result.error.issues
      const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `
      return context.json({ error: `${where}${issue?.message ?? 'not what is expected here'}` }, 400)
    },
  })

export { createRoute, type OpenAPIHono, z }
