// The main job from end to end: a server with a small dataset starts, a release of it is pulled as a stream, filtered by
// a subset function, and converted.
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, relative, resolve } from "node:path"
import { type AnnotationFile, Client, exportAnnotations, type FormatId } from "darwin-streams"
import { startServer } from "darwin-streams/server"

const output = resolve("demo-output")
await rm(output, { recursive: true, force: true })

const data = await mkdtemp(join(tmpdir(), "darwin-streams-demo-"))
const server = await startServer({ dataDirectory: data, port: 0, demo: true })
const client = await Client.fromApiKey(server.apiKey, { baseUrl: server.url, datasetsDirectory: output })
try {
  console.log(`A Darwin server runs at ${server.url}.`)
  for (const { identifier, itemCount } of await client.listRemoteDatasets()) {
    console.log(`It has the dataset ${identifier} with ${itemCount} items.`)
  }

  const dataset = await client.getRemoteDataset("demo/street-scenes")
  const byDay = (file: AnnotationFile) => file.annotations.some(({ name }) => name === "day")

  console.log("\nPulling its release v1, scenes by day only:")
  const report = await dataset.pull({
    release: "v1",
    subsetFilterAnnotationsFunction: byDay,
    subsetFolderName: "by-day",
    onEvent: (event) => {
      if (event.type === "transfer") console.log(`  ${relative(output, event.path)}  ${event.bytes} bytes`)
    },
  })

  const annotations = join(report.directory, "releases", "v1", "by-day", "annotations")
  console.log("\nConverting what was pulled:")
  for (const format of ["coco", "cvat", "yolo", "pascalvoc"] satisfies FormatId[]) {
    const converted = await exportAnnotations(format, annotations, join(output, format))
    console.log(`  ${format}: ${converted.written} of ${converted.annotations} annotations written`)
    for (const { count, class: name, type, reason } of converted.skipped) {
      console.log(`    left out: ${count} ${name} (${type}): ${reason}`)
    }
  }

  const { items, files, bytes } = report
  console.log(`
Pulled     ${items.done} items with ${report.annotations} annotations; ${files.fetched} files, ${bytes} bytes
Filtered   ${items.filtered} scenes by night were left out
Failed     ${items.failed} items
Converted  to COCO, CVAT, YOLO and Pascal VOC
Where      ${relative(process.cwd(), output)}/`)
} finally {
  await client.close()
  await server.close()
  await rm(data, { recursive: true, force: true })
}
