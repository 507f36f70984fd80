// Annotations flow from one dataset into another; on their way scenes without cars are left out, and cars become vehicles. One
// pass: nothing touches the disk, and the release is read no faster than the other dataset takes it.
import { type AnnotationFile, Client, importTo, pipeline } from "darwin-streams"
import { filter, map } from "darwin-streams/transforms"

const [from = "demo/street-scenes", to = "demo/vehicles"] = process.argv.slice(2)

const client = Client.local()
const release = await (await client.getRemoteDataset(from)).getRelease()
const target = await client.getRemoteDataset(to)

const report = await pipeline(
  release.annotationFiles(),
  filter((file: AnnotationFile) => file.annotations.some(({ name }) => name === "car")),
  map((file) => ({
    ...file,
    annotations: file.annotations.map((annotation) =>
      annotation.name === "car" ? { ...annotation, name: "vehicle" } : annotation,
    ),
  })),
  importTo(target, { append: true, classPolicy: "create" }),
)
console.log(`${report.items.imported} items, ${report.annotations.sent} annotations`)
for (const { kind, file, reason } of report.problems) console.log(`${kind}: ${file}: ${reason}`)

await client.close()
