import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"

/** A static server in a process of its own. */
export interface StaticServer {
  readonly url: string
  close(): Promise<void>
}

/** Starts one: `bytes` for every path, or a file; `bytesPerSecond` 0 is as fast as it goes. */
export async function startStaticServer(
  bytes: number,
  bytesPerSecond = 0,
  file: readonly string[] = [],
): Promise<StaticServer> {
  const script = fileURLToPath(new URL("static-server.js", import.meta.url))
  const child = spawn(process.execPath, [script, String(bytes), String(bytesPerSecond), ...file], {
    stdio: ["pipe", "pipe", "inherit"],
  })
  const [line] = (await once(child.stdout, "data")) as [Buffer]
  return {
    url: line.toString().trim(),
    close: async () => {
      const exited = once(child, "exit")
      child.stdin.end()
      await exited
    },
  }
}
