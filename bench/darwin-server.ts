import { startServer } from "darwin-streams/server"

// The embedded server in a process of its own, with a dataset `bench/items` of items without annotations: `<data directory>
// <folder> <count>` for each folder; with `release` before the folders they are complete, and released as `v1`. Prints its address and key; ends with its input.

const [dataDirectory = "", ...given] = process.argv.slice(2)
const released = given[0] === "release"
const folders = released ? given.slice(1) : given
const picture = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==",
  "base64",
)

function* items() {
  for (let at = 0; at + 1 < folders.length; at += 2) {
    for (let index = 0; index < Number(folders[at + 1]); index++) {
      const name = `${index}.png`
      const slot = {
        slot_name: "0",
        type: "image",
        file_name: name,
        bytes: picture,
        width: 1,
        height: 1,
      } as const
      yield {
        name,
        path: `/${folders[at]}`,
        status: released ? "complete" : "new",
        slots: [slot],
        annotations: [],
      } as const
    }
  }
}

const server = await startServer({ dataDirectory, port: 0, team: "bench" })
await server.seed({
  dataset: "Items",
  classes: [{ name: "car", type: "bounding_box", sub_types: [] }],
  items: items(),
  ...(released && { release: "v1" }),
})
process.stdout.write(`${server.url} ${server.apiKey}\n`)
process.stdin.resume().once("end", async () => {
  await server.close()
  process.exit()
})
