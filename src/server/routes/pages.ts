import { z } from "zod"

import type { App } from "../context.ts"

/** The pages whose addresses clients print. They tell nothing about the data: a browser sends no key. */
export function pageRoutes(app: App): void {
  const page = (title: string) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${title}</title>
<h1>${title}</h1>
<p>This server speaks the Darwin API and has no pages to work with. Its routes are described in
<a href="/api/openapi.json">/api/openapi.json</a>.</p>
</html>
`
  const number = z.coerce.number().int()

  app.get("/", { config: { guests: true }, schema: { hide: true } }, async (_request, reply) =>
    reply.type("text/html; charset=utf-8").send(page("Darwin server")),
  )

  for (const path of ["/datasets/:id", "/datasets/:id/dataset-management"]) {
    app.get(
      path,
      { config: { guests: true }, schema: { params: z.object({ id: number }), hide: true } },
      async (request, reply) =>
        reply.type("text/html; charset=utf-8").send(page(`Dataset ${request.params.id}`)),
    )
  }

  app.get(
    "/workview",
    {
      config: { guests: true },
      schema: { querystring: z.object({ dataset: number.optional() }), hide: true },
    },
    async (_request, reply) => reply.type("text/html; charset=utf-8").send(page("Workview")),
  )
}
