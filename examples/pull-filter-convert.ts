// A release flows from the wire through a filter into a COCO file: one pass, nothing else touches the disk.
import { Client, pipeline } from "darwin-streams"
import { coco } from "darwin-streams/formats"
import { filter } from "darwin-streams/transforms"

const [identifier = "demo/street-scenes", directory = "coco"] = process.argv.slice(2)

const client = Client.local()
const dataset = await client.getRemoteDataset(identifier)
const release = await dataset.getRelease()

const summary = await pipeline(
  release.annotationFiles(),
  filter((file) => file.annotations.some((annotation) => annotation.name === "car")),
  coco.write(directory),
)
console.log(`${summary.written} of ${summary.annotations} annotations on ${summary.images} images`)
for (const { count, class: name, reason } of summary.skipped)
  console.log(`left out: ${count} ${name}: ${reason}`)

await client.close()
