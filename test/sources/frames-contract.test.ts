import { PNG } from "pngjs"
import { afterAll, beforeAll } from "vitest"
import { createHttp, type Http } from "../../src/http/index.ts"
import type { Item } from "../../src/model/annotation-file.ts"
import { pipe } from "../../src/pipeline.ts"
import { frames } from "../../src/sources/index.ts"
import { map } from "../../src/transforms/index.ts"
import { streamContract } from "../contracts/stream-contract.ts"
import { type ReleaseServer, startReleaseServer } from "../servers/release-server.ts"
import { describeWithFfmpeg, isFfmpegMissing, serveLongVideo } from "../video/clips.ts"

let server: ReleaseServer
let http: Http
let shortVideo: Item
let longVideo: Item

beforeAll(async () => {
  server = await startReleaseServer()
  http = createHttp()
  const picture = PNG.sync.write(new PNG({ width: 4, height: 4 }))
  const frame_urls = [0, 1, 2, 3, 4].map((at) => server.serve(`frames/${at}`, picture))
  shortVideo = { name: "short.mp4", path: "/", slots: [{ slot_name: "0", type: "video", frame_urls }] }
  if (!isFfmpegMissing) longVideo = serveLongVideo(server, { frameCounts: [3, 2] })
})
afterAll(async () => {
  await http.close()
  await server.close()
})

streamContract("frames with addresses", {
  open: () =>
    pipe(
      frames(shortVideo, { http }),
      map(({ index }) => index),
    ),
  gives: [0, 1, 2, 3, 4],
})

describeWithFfmpeg("the real ffmpeg", () => {
  streamContract("frames of a long video", {
    open: () =>
      pipe(
        frames(longVideo, { http }),
        map(({ index }) => index),
      ),
    gives: [0, 1, 2, 3, 4],
  })
})
