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
  app.addHook("onRoute", (route) => {
    const { handler } = route
    route.handler = async function (request, reply) {
      // Its body was still being unpacked when the connection was cut.
      if (ended) throw new ApiError(503, { request: ["the server is closing"] })
      const result = handler.call(this, request, reply)
      running.add(result)
      try {
        return await result
      } finally {
        running.delete(result)
      }
    }
  })
  return {
    async end() {
      ended = true
      await Promise.allSettled(running)
    },
  }
}
