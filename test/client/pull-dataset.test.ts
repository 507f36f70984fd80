import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import type { RunEvent } from "../../src/events.ts"
import type { AnnotationFile } from "../../src/model/annotation-file.ts"
import { mediaRequests, openEmbedded, pictureOf } from "../pull/embedded.ts"
import { openDataset } from "../pull/open.ts"
import { contentOf, releaseZip } from "../pull/release-zip.ts"
import { digestOf, namesIn, treeOf } from "../pull/tree.ts"
import { cutOff } from "../servers/release-server.ts"

const corners = [
  { x: 1, y: 1 },
  { x: 9, y: 1 },
  { x: 9, y: 9 },
]
const car = (id: number) =>
  ({
    id: `00000000-0000-4000-8000-00000000000${id}`,
    type: "bounding_box",
    name: "car",
    bounding_box: { x: 1, y: 2, w: 3, h: 4 },
  }) as const
const kerb = {
  id: "00000000-0000-4000-8000-000000000011",
  type: "polygon",
  name: "kerb",
  polygon: { paths: [corners] },
} as const
const night = { id: "00000000-0000-4000-8000-000000000012", type: "tag", name: "night", tag: {} } as const

const kerbstone = { name: "kerb.png", path: "/street", annotations: [kerb, car(1)] }
const crossing = { name: "crossing at night, é.png", annotations: [car(2), night] }
const empty = { name: "empty.png", path: "/street/far away" }
const street = [kerbstone, crossing, empty]

const annotationFiles = ["crossing at night, é.json", "empty.json", "kerb.json"]
const pictures = {
  "images/crossing at night, é.png": digestOf(pictureOf(crossing)),
  "images/street/far away/empty.png": digestOf(pictureOf(empty)),
  "images/street/kerb.png": digestOf(pictureOf(kerbstone)),
}
const picturesOf = (directory: string) =>
  Object.fromEntries(Object.entries(treeOf(directory)).filter(([name]) => name.startsWith("images/")))
const annotationsOf = (directory: string, folder = "v1") =>
  namesIn(join(directory, "releases", folder, "annotations")).filter((name) => !name.startsWith(".v7"))

describe("the layout", () => {
  test("is that of the Python SDK, to the file", async () => {
    const { dataset, directory, requests } = await openEmbedded(street)
    const report = await dataset.pull()
    expect(report).toEqual({
      release: "v1",
      directory,
      items: { done: 3, skipped: 0, failed: 0, filtered: 0 },
      files: { fetched: 3, present: 0, removed: 0 },
      bytes: 3_000,
      annotations: 4,
      invalid: 0,
      problems: [],
    })
    const tree = treeOf(directory)
    expect(Object.keys(tree)).toEqual(
      [
        ...Object.keys(pictures),
        "releases/latest",
        "releases/v1/annotations/.v7/metadata.json",
        ...annotationFiles.map((name) => `releases/v1/annotations/${name}`),
        "releases/v1/lists/classes_bounding_box.txt",
        "releases/v1/lists/classes_polygon.txt",
        "releases/v1/lists/classes_tag.txt",
      ].sort(),
    )
    expect(tree).toMatchObject(pictures)
    expect(tree["releases/latest"]).toBe("-> v1")
    const read = (name: string) => readFileSync(join(directory, "releases/latest", name), "utf8")
    expect(read("lists/classes_bounding_box.txt")).toBe("car")
    expect(read("lists/classes_polygon.txt")).toBe("kerb")
    expect(read("lists/classes_tag.txt")).toBe("night")
    expect(JSON.parse(read("annotations/kerb.json")).item).toMatchObject({
      name: "kerb.png",
      path: "/street",
    })
    const names = JSON.parse(read("annotations/.v7/metadata.json")).classes.map(
      ({ name }: { name: string }) => name,
    )
    expect(names).toEqual(expect.arrayContaining(["car", "kerb", "night"]))
    // The pictures need the key here, as on the real service.
    for (const { url, headers } of requests.filter(({ url }) => url.includes("/uploads/"))) {
      expect([url, headers.authorization]).toEqual([url, expect.stringMatching(/^ApiKey /)])
    }
  })

  test("class lists are sorted, one name a line, and one that has become empty goes", async () => {
    const names = ["b", "a", "c"]
    const { dataset, directory } = await openEmbedded([kerbstone])
    const lists = join(directory, "releases/v1/many/lists")
    await dataset.pull({
      subsetFolderName: "many",
      subsetFilterAnnotationsFunction: (file) => ({
        ...file,
        annotations: names.map((name) => ({ ...kerb, name })),
      }),
    })
    expect(readFileSync(join(lists, "classes_polygon.txt"), "utf8")).toBe("a\nb\nc")
    expect(await readdir(lists)).toEqual(["classes_polygon.txt"])
    await dataset.pull({
      subsetFolderName: "many",
      subsetFilterAnnotationsFunction: (file) => ({ ...file, annotations: [night] }),
    })
    expect(await readdir(lists)).toEqual(["classes_tag.txt"])
  })

  test("a release without items has its folders and its link", async () => {
    const { dataset, directory, server } = await openDataset()
    server.addRelease("v1", await releaseZip([]))
    expect(await dataset.pull({ removeExtra: true })).toMatchObject({
      items: { done: 0, skipped: 0, failed: 0, filtered: 0 },
      problems: [],
    })
    expect(existsSync(join(directory, "releases/latest/annotations"))).toBe(true)
  })

  test("annotation files of an earlier pull of the same release go", async () => {
    const { dataset, directory } = await openEmbedded(street)
    const only = (name: string) => (file: AnnotationFile) => file.item.name === name
    await dataset.pull({ subsetFilterAnnotationsFunction: only("kerb.png") })
    expect(annotationsOf(directory, "v1/subset")).toEqual(["kerb.json"])
    // As a pull that was killed leaves it, before it could note it.
    writeFileSync(join(directory, "releases/v1/subset/annotations/unnoted.json"), "{}")
    await dataset.pull({ subsetFilterAnnotationsFunction: only("empty.png") })
    expect(annotationsOf(directory, "v1/subset")).toEqual(["empty.json"])
  })
})

describe("a pull that is made again", () => {
  test("asks for nothing but which release there is", async () => {
    const { dataset, directory, requests } = await openEmbedded(street)
    await dataset.pull()
    const before = treeOf(directory)
    requests.length = 0
    const report = await dataset.pull()
    expect(report).toMatchObject({
      items: { done: 0, skipped: 3 },
      files: { fetched: 0, present: 3 },
      bytes: 0,
      annotations: 4,
    })
    expect(requests.map(({ url }) => url.replace(/\?.*/, "").replace(/[0-9a-f-]{36}/, "ID"))).toEqual([
      "/api/v2/teams/acme/datasets/street/exports",
    ])
    expect(treeOf(directory)).toEqual(before)
  })

  test("fetches what is gone, what has another length, and what the manifest does not know", async () => {
    const { dataset, directory, requests } = await openEmbedded(street)
    // As another tool may have left it, cut.
    await mkdir(join(directory, "images/street"), { recursive: true })
    await writeFile(join(directory, "images/street/kerb.png"), pictureOf(kerbstone).subarray(0, 500))
    expect((await dataset.pull()).files.fetched).toBe(3)
    expect(picturesOf(directory)).toEqual(pictures)

    rmSync(join(directory, "images/street/kerb.png"))
    writeFileSync(join(directory, "images/street/far away/empty.png"), "another length")
    requests.length = 0
    expect(await dataset.pull()).toMatchObject({
      items: { done: 2, skipped: 1 },
      files: { fetched: 2, present: 1 },
    })
    expect(mediaRequests(requests)).toHaveLength(2)
    expect(picturesOf(directory)).toEqual(pictures)
  })

  test("forceReplace fetches all of it again", async () => {
    const { dataset, directory, requests } = await openEmbedded(street)
    await dataset.pull()
    // Of the same length, so that nothing but the fetching itself can put it right.
    writeFileSync(join(directory, "images/street/kerb.png"), contentOf("wrong", 1_000))
    requests.length = 0
    expect(await dataset.pull({ forceReplace: true })).toMatchObject({
      items: { done: 3, skipped: 0 },
      files: { fetched: 3 },
    })
    expect(mediaRequests(requests)).toHaveLength(3)
    expect(picturesOf(directory)).toEqual(pictures)
  })
})

describe("a file that changes at its origin", () => {
  async function openChanging() {
    const opened = await openDataset()
    const { server, dataset, directory } = opened
    const sizes = { "small.png": 2_000, "large.png": 3_000_000 }
    const put = (words: string) =>
      Object.entries(sizes).map(([name, bytes]) => ({
        name,
        url: server.serve(name, contentOf(words + name, bytes)),
      }))
    server.addRelease("v1", await releaseZip(put("old")))
    await dataset.pull()
    const expected = (words: string) =>
      Object.fromEntries(
        Object.entries(sizes).map(([name, bytes]) => [
          `images/${name}`,
          digestOf(contentOf(words + name, bytes)),
        ]),
      )
    expect(picturesOf(directory)).toEqual(expected("old"))
    return { ...opened, put, expected, sizes }
  }

  test("is replaced by forceReplace, in one step", async () => {
    const { dataset, directory, put, expected } = await openChanging()
    put("new")
    expect((await dataset.pull()).files).toMatchObject({ fetched: 0, present: 2 })
    expect(picturesOf(directory)).toEqual(expected("old"))

    const seen = new Set<string | undefined>()
    const path = join(directory, "images/large.png")
    let over = false
    const watching = (async () => {
      while (!over) seen.add(digestOf(await readFile(path)))
    })()
    await dataset.pull({ forceReplace: true })
    over = true
    await watching
    expect(picturesOf(directory)).toEqual(expected("new"))
    const whole = [expected("old"), expected("new")].map((digests) => digests["images/large.png"])
    expect([...seen].filter((digest) => !whole.includes(digest))).toEqual([])
  })

  test("stays as it was where the transfer breaks, and is fetched the next time", async () => {
    const { dataset, server, directory, put, expected, sizes } = await openChanging()
    for (const [name, bytes] of Object.entries(sizes)) {
      server.serve(name, cutOff(contentOf(`new${name}`, bytes), bytes >> 1))
    }
    const report = await dataset.pull({ forceReplace: true })
    expect(report).toMatchObject({ items: { failed: 2 }, files: { fetched: 0 }, bytes: 0 })
    expect(picturesOf(directory)).toEqual(expected("old"))
    put("new")
    await dataset.pull({ forceReplace: true })
    expect(picturesOf(directory)).toEqual(expected("new"))
  })

  test("comes whole where a transfer breaks once", async () => {
    const { dataset, server, directory, expected, sizes } = await openChanging()
    for (const [name, bytes] of Object.entries(sizes)) {
      const content = contentOf(`new${name}`, bytes)
      const cut = cutOff(content, bytes >> 1)
      server.serve(name, (request, response, count) =>
        count === 1 ? cut(request, response, count) : void response.end(content),
      )
    }
    const events: RunEvent[] = []
    const report = await dataset.pull({
      forceReplace: true,
      onEvent: (event) => {
        events.push(event)
      },
    })
    expect(report).toMatchObject({ items: { done: 2, failed: 0 }, files: { fetched: 2 } })
    expect(report.bytes).toBe(3_002_000)
    expect(events.filter(({ type }) => type === "retry")).toHaveLength(2)
    expect(picturesOf(directory)).toEqual(expected("new"))
  })
})

describe("onlyAnnotations", () => {
  test("asks for no media", async () => {
    const { dataset, directory, requests } = await openEmbedded(street)
    const report = await dataset.pull({ onlyAnnotations: true })
    expect(report).toMatchObject({ items: { done: 3 }, files: { fetched: 0, present: 0 }, annotations: 4 })
    expect(mediaRequests(requests)).toEqual([])
    expect(annotationsOf(directory)).toEqual(annotationFiles)
    expect(existsSync(join(directory, "images"))).toBe(false)
  })

  test("does not make the media of an earlier pull count as extra", async () => {
    const { dataset, directory } = await openEmbedded(street)
    await dataset.pull()
    expect(await dataset.pull({ onlyAnnotations: true, removeExtra: true })).toMatchObject({
      files: { removed: 0 },
    })
    expect(picturesOf(directory)).toEqual(pictures)
  })
})

describe("removeExtra", () => {
  async function pulledTwice() {
    const opened = await openEmbedded(street)
    const { dataset, server } = opened
    await dataset.pull()
    // v2 is v1 without the crossing.
    const items = dataset.items({ itemNames: [crossing.name] })
    for await (const item of items) await archive(opened, item.id)
    await dataset.export("v2")
    await server.idle()
    return opened
  }
  const archive = async (
    { server, dataset }: Awaited<ReturnType<typeof openEmbedded>>,
    id: string,
  ): Promise<void> => {
    const reply = await fetch(`${server.url}/api/v2/teams/acme/items/archive`, {
      method: "POST",
      headers: { authorization: `ApiKey ${server.apiKey}`, "content-type": "application/json" },
      body: JSON.stringify({ filters: { item_ids: [id], dataset_ids: [dataset.id] } }),
    })
    expect(reply.status).toBe(200)
  }
  const removals = (events: readonly RunEvent[], directory: string) =>
    events
      .filter((event) => event.type === "remove")
      .map(({ path, dryRun }) => [path.slice(directory.length + 1), dryRun])

  test("keeps what another local release names", async () => {
    const { dataset, directory } = await pulledTwice()
    writeFileSync(join(directory, "images/foreign.png"), "of nobody")
    writeFileSync(join(directory, "images/notes.txt"), "the user's own")
    const report = await dataset.pull({ release: "v2", removeExtra: true })
    expect(report).toMatchObject({ items: { skipped: 2 }, files: { removed: 1 } })
    expect(picturesOf(directory)).toEqual({
      ...pictures,
      "images/notes.txt": digestOf("the user's own"),
    })
    expect(treeOf(directory)["releases/latest"]).toBe("-> v2")
  })

  test("removes what only a release named that is gone, after a dry run has told it", async () => {
    const { dataset, directory } = await pulledTwice()
    await dataset.pull({ release: "v2" })
    await rm(join(directory, "releases/v1"), { recursive: true })
    const name = "images/crossing at night, é.png"

    const told: RunEvent[] = []
    const dry = await dataset.pull({
      release: "v2",
      removeExtra: "dry-run",
      onEvent: (event) => told.push(event),
    })
    expect(removals(told, directory)).toEqual([[name, true]])
    expect(dry.files.removed).toBe(1)
    expect(picturesOf(directory)).toEqual(pictures)

    const done: RunEvent[] = []
    await dataset.pull({ release: "v2", removeExtra: true, onEvent: (event) => done.push(event) })
    expect(removals(done, directory)).toEqual([[name, false]])
    const { [name]: _, ...kept } = pictures
    expect(picturesOf(directory)).toEqual(kept)
  })

  test("removes folders that become empty", async () => {
    const { dataset, directory } = await openEmbedded(street)
    await dataset.pull()
    await mkdir(join(directory, "images/old/older"), { recursive: true })
    writeFileSync(join(directory, "images/old/older/a.png"), "extra")
    await dataset.pull({ removeExtra: true })
    expect(existsSync(join(directory, "images/old"))).toBe(false)
    expect(picturesOf(directory)).toEqual(pictures)
  })

  test("keeps what a release names that another tool has pulled", async () => {
    const { dataset, directory } = await pulledTwice()
    // Without our notes, v1 is a release like one of the Python SDK's.
    await rm(join(directory, ".darwin-streams"), { recursive: true })
    expect((await dataset.pull({ release: "v2", removeExtra: true })).files.removed).toBe(0)
    expect(picturesOf(directory)).toEqual(pictures)
  })
})

describe("the subset filter", () => {
  const pullWith = async (
    filter: (file: AnnotationFile) => unknown,
    options: { readonly subsetFolderName?: string } = {},
  ) => {
    const opened = await openEmbedded(street)
    const report = await opened.dataset.pull({
      ...options,
      // Functions of plain JavaScript may give anything.
      subsetFilterAnnotationsFunction: filter as () => boolean,
    })
    return { ...opened, report }
  }

  test("keeps by true, leaves out by false and undefined, and asks for no media of what is left out", async () => {
    const verdicts = new Map<string, boolean | undefined>([
      ["kerb.png", true],
      ["empty.png", false],
    ])
    const { report, directory, requests } = await pullWith((file) => verdicts.get(file.item.name))
    expect(report).toMatchObject({ items: { done: 1, filtered: 2 }, annotations: 2 })
    expect(mediaRequests(requests)).toHaveLength(1)
    expect(annotationsOf(directory, "v1/subset")).toEqual(["kerb.json"])
    expect(Object.keys(picturesOf(directory))).toEqual(["images/street/kerb.png"])
    expect(namesIn(join(directory, "releases/v1"))).toEqual([
      "subset/annotations/.v7/metadata.json",
      "subset/annotations/kerb.json",
      "subset/lists/classes_bounding_box.txt",
      "subset/lists/classes_polygon.txt",
    ])
  })

  test("may be asynchronous and give another file", async () => {
    const { report, directory } = await pullWith(async (file) => {
      await new Promise((resolve) => setImmediate(resolve))
      return { ...file, annotations: file.annotations.filter(({ name }) => name === "car") }
    })
    expect(report).toMatchObject({ items: { done: 3 }, annotations: 2 })
    const path = join(directory, "releases/v1/subset/annotations/kerb.json")
    const written = JSON.parse(readFileSync(path, "utf8"))
    expect(written.annotations.map(({ name }: { name: string }) => name)).toEqual(["car"])
    expect(written.item.name).toBe("kerb.png")
    expect(written).not.toHaveProperty("path")
  })

  test("may edit the file in place", async () => {
    const { report, directory } = await pullWith((file) => {
      ;(file.annotations as unknown[]).length = 0
      return true
    })
    expect(report.annotations).toBe(0)
    const path = join(directory, "releases/v1/subset/annotations/kerb.json")
    expect(JSON.parse(readFileSync(path, "utf8")).annotations).toEqual([])
  })

  test("goes into the folder that is named", async () => {
    const { directory } = await pullWith((file) => file.annotations.length > 0, { subsetFolderName: "full" })
    expect(annotationsOf(directory, "v1/full")).toEqual(["crossing at night, é.json", "kerb.json"])
  })

  test("a folder without a filter takes the whole release", async () => {
    const { dataset, directory } = await openEmbedded(street)
    await dataset.pull({ subsetFolderName: "all of it", onlyAnnotations: true })
    expect(annotationsOf(directory, "v1/all of it")).toEqual(annotationFiles)
  })

  test("does not touch the release that was pulled whole before, nor its lists", async () => {
    const { dataset, directory } = await openEmbedded(street)
    await dataset.pull()
    await dataset.pull({ subsetFilterAnnotationsFunction: () => false, removeExtra: true })
    expect(annotationsOf(directory)).toEqual(annotationFiles)
    expect(picturesOf(directory)).toEqual(pictures)
    expect(annotationsOf(directory, "v1/subset")).toEqual([])
  })

  test.each([null, 3, "yes", { name: "an annotation, say" }])(
    "that gives %j ends the pull",
    async (verdict) => {
      await expect(pullWith(() => verdict)).rejects.toMatchObject({
        code: "option",
        option: "subsetFilterAnnotationsFunction",
      })
    },
  )

  test("that throws ends the pull with its own error", async () => {
    const own = new Error("not this one")
    await expect(
      pullWith(() => {
        throw own
      }),
    ).rejects.toBe(own)
  })

  test.each(["annotations", "lists", "..", "LISTS"])(
    "a folder named %s is refused",
    async (subsetFolderName) => {
      await expect(pullWith(() => true, { subsetFolderName })).rejects.toMatchObject({ code: "path" })
    },
  )
})

describe("subsetFilterDirectory", () => {
  test("gets a directory with the archive's names, and may remove and edit", async () => {
    const { dataset, directory, requests } = await openEmbedded(street)
    let seen: string[] = []
    let place = ""
    const report = await dataset.pull({
      subsetFilterDirectory: async (path) => {
        place = path
        seen = namesIn(path)
        await rm(join(path, "empty.json"))
        const document = JSON.parse(await readFile(join(path, "kerb.json"), "utf8"))
        document.annotations = []
        await writeFile(join(path, "kerb.json"), JSON.stringify(document))
        await rename(join(path, "crossing at night, é.json"), join(path, "renamed.json"))
        const metadata = JSON.parse(await readFile(join(path, ".v7/metadata.json"), "utf8"))
        await writeFile(join(path, ".v7/metadata.json"), JSON.stringify({ ...metadata, edited: true }))
      },
    })
    expect(seen).toEqual([".v7/metadata.json", ...annotationFiles])
    expect(existsSync(place)).toBe(false)
    expect(report).toMatchObject({ items: { done: 2 }, annotations: 2 })
    const folder = join(directory, "releases/v1/subset/annotations")
    // An annotation file is named after its item, wherever it stood.
    expect(annotationsOf(directory, "v1/subset")).toEqual(["crossing at night, é.json", "kerb.json"])
    expect(JSON.parse(await readFile(join(folder, "kerb.json"), "utf8")).annotations).toEqual([])
    expect(JSON.parse(await readFile(join(folder, ".v7/metadata.json"), "utf8"))).toHaveProperty("edited")
    expect(mediaRequests(requests)).toHaveLength(2)
  })

  test("its directory is gone, too, when it throws", async () => {
    const { dataset } = await openEmbedded(street)
    let place = ""
    const own = new Error("no more")
    const pulling = dataset.pull({
      subsetFilterDirectory: (path) => {
        place = path
        throw own
      },
    })
    await expect(pulling).rejects.toBe(own)
    expect([place !== "", existsSync(place)]).toEqual([true, false])
  })

  test("cannot be combined with the other form", async () => {
    const { dataset } = await openEmbedded(street)
    const both = { subsetFilterDirectory: () => {}, subsetFilterAnnotationsFunction: () => true }
    await expect(dataset.pull(both)).rejects.toMatchObject({
      code: "option",
      option: "subsetFilterDirectory",
    })
  })
})
