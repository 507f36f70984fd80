import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { type RecordedRequest, sendJson, startRecordingServer } from "../servers/recording-server.ts"
import { apiKey, redirectTo, startReleaseServer } from "../servers/release-server.ts"
import { tempDirectory } from "../storage/temp-directory.ts"
import { openDataset, openDatasetAt } from "./open.ts"
import { contentOf, type ItemSketch, releaseZip } from "./release-zip.ts"

/** Whether the key stands anywhere in a request. */
const carriesKey = (request: RecordedRequest) =>
  JSON.stringify([request.url, request.headers, request.body.toString()]).includes(apiKey)

async function openBoth() {
  const opened = await openDataset()
  const foreign = await startReleaseServer()
  onTestFinished(() => foreign.close())
  return { ...opened, foreign }
}

/** What each server saw of a path: whether the key came with it, request by request. */
const keyAt = (requests: readonly RecordedRequest[], path: string) =>
  requests.filter(({ url }) => url.startsWith(path)).map(carriesKey)

test("the key goes to the API's own origin and to no other, across redirects too", async () => {
  const { server, foreign, dataset, directory } = await openBoth()
  const image = contentOf("image", 2_000)
  const home = (name: string) => server.serve(name, image)
  const away = (name: string) => foreign.serve(name, image)
  const homeTo = (name: string, url: string, status?: number) => server.serve(name, redirectTo(url, status))
  const awayTo = (name: string, url: string, status?: number) => foreign.serve(name, redirectTo(url, status))

  const urls = {
    home: home("home.png"),
    away: away("away.png"),
    "home-home": homeTo("home-home.png", home("end-home-home.png")),
    "home-away": homeTo("home-away.png", away("end-home-away.png"), 307),
    "away-away": awayTo("away-away.png", away("end-away-away.png"), 308),
    "away-home": awayTo("away-home.png", home("end-away-home.png")),
    "home-away-home": homeTo(
      "home-away-home.png",
      awayTo("middle-home-away-home.png", home("end-home-away-home.png"), 303),
      301,
    ),
    // The same server under another name is another origin.
    alias: home("alias.png").replace("127.0.0.1", "localhost"),
    "home-alias": homeTo("home-alias.png", home("end-alias.png").replace("127.0.0.1", "localhost")),
  }
  const frames = [away("frame-0.png"), homeTo("frame-1.png", away("end-frame-1.png"))]
  const items: ItemSketch[] = Object.entries(urls).map(([name, url]) => ({ name: `${name}.png`, url }))
  const clip = {
    slot_name: "0",
    type: "video",
    source_files: [{ file_name: "c.mp4", url: away("c.mp4") }],
    frame_urls: frames,
  } as const
  server.addRelease("v1", await releaseZip([...items, { name: "clip.mp4", slots: [clip] }]))

  const report = await dataset.pull({ videoFrames: true })
  expect(report.problems).toEqual([])
  for (const name of Object.keys(urls)) {
    expect(readFileSync(join(directory, "images", `${name}.png`))).toEqual(image)
  }
  expect(readFileSync(join(directory, "images/clip/0000001.png"))).toEqual(image)

  // All that the other origin was asked for, and nothing of it with the key.
  const asked = ["away-away", "away-home", "away", "end-away-away", "end-frame-1", "end-home-away", "frame-0"]
  expect(foreign.requests.map(({ url }) => url).sort()).toEqual(
    [...asked, "middle-home-away-home"].map((name) => `/files/${name}.png`),
  )
  expect(foreign.requests.filter(carriesKey)).toEqual([])
  const atHome = (name: string) => keyAt(server.requests, `/files/${name}.png`)
  expect({
    home: atHome("home"),
    "home-home": [...atHome("home-home"), ...atHome("end-home-home")],
    "home-away": atHome("home-away"),
    "away-home": atHome("end-away-home"),
    "home-away-home": [...atHome("home-away-home"), ...atHome("end-home-away-home")],
    alias: atHome("alias"),
    "home-alias": [...atHome("home-alias"), ...atHome("end-alias")],
  }).toEqual({
    home: [true],
    "home-home": [true, true],
    "home-away": [true],
    "away-home": [false],
    "home-away-home": [true, false],
    alias: [false],
    "home-alias": [true, false],
  })
  // Whatever carried the key was sent to this very origin.
  const { host } = new URL(server.url)
  for (const { headers } of server.requests.filter(carriesKey)) expect(headers.host).toBe(host)
})

test("an archive on another origin is fetched without the key, and so is one behind redirects", async () => {
  const { server, foreign, dataset } = await openBoth()
  const zip = await releaseZip([{ name: "a.png", url: server.serve("a.png", "image") }])
  const atHome = server.serve("home.zip", zip)
  server.addRelease("away", new URL(foreign.serve("away.zip", zip)))
  server.addRelease("home-away", redirectTo(foreign.serve("home-away.zip", zip)))
  server.addRelease("away-home", new URL(foreign.serve("away-home.zip", redirectTo(atHome))))

  for (const release of ["away", "home-away", "away-home"]) {
    expect((await dataset.pull({ release })).items).toMatchObject({ failed: 0, filtered: 0 })
  }
  expect(foreign.requests.map(({ url }) => url)).toEqual([
    "/files/away.zip",
    "/files/home-away.zip",
    "/files/away-home.zip",
  ])
  expect(foreign.requests.filter(carriesKey)).toEqual([])
  expect(keyAt(server.requests, "/files/home.zip")).toEqual([false])
})

test("a call of the API that is redirected to another origin takes no key along", async () => {
  const foreign = await startReleaseServer()
  const home = await startRecordingServer((request, response) => {
    if (request.url === "/api/users/token_info")
      return sendJson(response, { selected_team: { slug: "acme" } })
    if (request.url === "/api/datasets") return sendJson(response, [{ id: 7, name: "S", slug: "street" }])
    response.writeHead(307, { location: `${foreign.url}${request.url}` }).end()
  })
  onTestFinished(async () => {
    await foreign.close()
    await home.close()
  })
  const dataset = await openDatasetAt({ url: home.url, apiKey }, await tempDirectory(), "acme/street")
  await expect(dataset.pull()).rejects.toMatchObject({ code: "unauthorized" })
  expect(home.requests.map(carriesKey)).toEqual([true, true, true])
  expect(foreign.requests.map(carriesKey)).toEqual([false])
})
