import type { App } from "./context.ts"
import { ApiError } from "./errors.ts"

/** Knows the handlers of an application that are at work, whether or not their clients are still there. */
export interface HandlerWatch {
  /** Lets no handler begin from now on, and returns when those that had begun are done. */
  end(): Promise<void>
}

/** Watches the handlers of all routes that are added from now on. */
export function watchHandlers(app: App): HandlerWatch {
  const running = new Set<unknown>()
  let ended = false
  let onIdle = (): void => {}
  const done = (request: unknown) => {
    running.delete(request)
    if (running.size === 0) onIdle()
  }
  app.addHook("onRoute", (route) => {
    const { handler } = route
    route.handler = async function (request, reply) {
      // Its body was still being unpacked when the connection was cut.
      if (ended) throw new ApiError(503, { request: ["the server is closing"] })
      running.add(request)
      try {
        return await handler.call(this, request, reply)
      } finally {
        done(request)
      }
    }
  })
  // With its answer a handler's work is done. Whether the answer ever leaves is not waited for: one that came behind another
  // on a connection that was cut never does.
  app.addHook("onSend", async (request) => done(request))
  return {
    async end() {
      ended = true
      if (running.size === 0) return
      await new Promise<void>((resolve) => {
        onIdle = resolve
      })
    },
  }
}
