import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"

/** A server in a process of its own. */
export interface ChildServer {
  readonly url: string
  /** What it says besides, such as a key. */
  readonly more: readonly string[]
  close(): Promise<void>
}

/** Starts a static server: `bytes` for every path, or a file; `bytesPerSecond` 0 is as fast as it goes. */
export function startStaticServer(
  bytes: number,
  bytesPerSecond = 0,
  file: readonly string[] = [],
): Promise<ChildServer> {
  return startChild("static-server.js", [bytes, bytesPerSecond, ...file])
}

/** Starts the embedded server with folders of so many items each, and as a release where that is wanted. `more` holds its key. */
export function startDarwinServer(
  directory: string,
  folders: Readonly<Record<string, number>>,
  released = false,
): Promise<ChildServer> {
  return startChild("darwin-server.js", [
    directory,
    ...(released ? ["release"] : []),
    ...Object.entries(folders).flat(),
  ])
}

/** Starts a proxy that adds a delay to each way; all that comes from the server shares `bytesPerSecond`, 0 for no limit. */
export function startSlowProxy(url: string, delayMs: number, bytesPerSecond = 0): Promise<ChildServer> {
  return startChild("slow-proxy.js", [new URL(url).port, delayMs, bytesPerSecond])
}

async function startChild(script: string, parameters: readonly (string | number)[]): Promise<ChildServer> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn(process.execPath, [path, ...parameters.map(String)], {
    stdio: ["pipe", "pipe", "inherit"],
  })
  const [line] = (await once(child.stdout, "data")) as [Buffer]
  const [url = "", ...more] = line.toString().trim().split(" ")
  return {
    url,
    more,
    close: async () => {
      const exited = once(child, "exit")
      child.stdin.end()
      await exited
    },
  }
}
