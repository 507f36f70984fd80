import { describe, expect, test } from "vitest"
import { awaitRelease } from "../../src/client/await-release.ts"
import type { RunEvent } from "../../src/events.ts"
import { openDataset } from "../pull/open.ts"
import { releaseZip } from "../pull/release-zip.ts"

const pending = { identifier: "acme/street:v1", name: "v1", status: "pending", format: "json" }

describe("waiting for a release", () => {
  const looks = (...statuses: string[]) => {
    const names: (string | undefined)[] = []
    const lookUp = async (name: string | undefined) => {
      names.push(name)
      return { ...pending, status: statuses[names.length - 1] ?? "pending" }
    }
    return { names, lookUp }
  }
  const briefly = { retry: true, retryTimeout: 0.004, retryInterval: 0.001 }

  test("looks again by its name until it is complete", async () => {
    const { names, lookUp } = looks("pending", "pending", "complete")
    expect((await awaitRelease(lookUp, briefly)).status).toBe("complete")
    expect(names).toEqual([undefined, "v1", "v1"])
  })

  test("ends when it has failed, or the time is over", async () => {
    expect((await awaitRelease(looks("pending", "failed").lookUp, briefly)).status).toBe("failed")
    const { names, lookUp } = looks()
    const events: RunEvent[] = []
    expect((await awaitRelease(lookUp, { ...briefly, onEvent: (event) => events.push(event) })).status).toBe(
      "pending",
    )
    expect(names).toHaveLength(5)
    expect(events.map((event) => event.type === "wait" && Math.round(event.leftMs))).toEqual([4, 3, 2, 1])
  })

  test("looks once without retry", async () => {
    const { names, lookUp } = looks()
    expect((await awaitRelease(lookUp, {})).status).toBe("pending")
    expect(names).toHaveLength(1)
  })

  test.each([
    [{ retryTimeout: 5, retryInterval: 6 }, "retryInterval"],
    [{ retryTimeout: 5 }, "retryInterval"],
    [{ retryTimeout: 0 }, "retryTimeout"],
    [{ retryInterval: Number.NaN }, "retryInterval"],
  ])("refuses %o before it looks", async (options, option) => {
    const { names, lookUp } = looks()
    await expect(awaitRelease(lookUp, options)).rejects.toMatchObject({ code: "option", option })
    expect(names).toEqual([])
  })

  test("does not wait for what can never be pulled, and is aborted at once", async () => {
    const coco = async () => ({ ...pending, format: "coco" })
    await expect(awaitRelease(coco, { retry: true })).rejects.toMatchObject({ code: "unsupported" })
    const controller = new AbortController()
    const waiting = awaitRelease(looks().lookUp, {
      retry: true,
      signal: controller.signal,
      onEvent: () => queueMicrotask(() => controller.abort()),
    })
    await expect(waiting).rejects.toMatchObject({ name: "AbortError" })
  })
})

describe("a pull", () => {
  test("waits for the newest release, by name or not", async () => {
    const { server, dataset } = await openDataset()
    server.addRelease("v0", await releaseZip([]))
    for (const release of [undefined, "v2"]) {
      const name = release ?? "v1"
      server.addRelease(name, "", { status: "pending", download_url: null, latest: false })
      const zip = await releaseZip([{ name: "1.png" }])
      const report = await dataset.pull({
        ...(release && { release }),
        retry: true,
        retryInterval: 0.001,
        onEvent: ({ type }) => type === "wait" && server.addRelease(name, zip),
      })
      expect(report).toMatchObject({ release: name, items: { done: 1 } })
    }
  })

  test("takes the latest release that is there where it is not told to wait", async () => {
    const { server, dataset } = await openDataset()
    server.addRelease("v0", await releaseZip([]))
    server.addRelease("v1", "", { status: "pending", download_url: null })
    expect(await dataset.pull()).toMatchObject({ release: "v0" })
  })

  test.each([
    [
      { status: "pending", download_url: null },
      "acme/street:v1 cannot be downloaded yet: it is still being made",
    ],
    [
      { status: "failed", download_url: null, error: "no space left" },
      "acme/street:v1 cannot be downloaded: the service failed to make it: no space left",
    ],
    [
      { status: "failed", download_url: null, error: { odd: 1 } },
      "acme/street:v1 cannot be downloaded: the service failed to make it",
    ],
    [{ format: "coco" }, "acme/street:v1 is in the format coco, which is not Darwin JSON"],
  ])("of one that is %o says why it cannot be", async (more, message) => {
    const { server, dataset } = await openDataset("acme/street:v1")
    server.addRelease("v1", "", more)
    await expect(dataset.pull()).rejects.toMatchObject({ code: "unsupported", message })
  })
})
