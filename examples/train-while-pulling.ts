// Work begins with the first item, while the rest of the release is still on its way.
import { Client } from "darwin-streams"

const client = Client.local()
const dataset = await client.getRemoteDataset("demo/street-scenes")

let seen = 0
for await (const item of dataset.pullStream({ concurrency: 8 })) {
  if (item.state === "failed") throw item.error
  const picture = item.media[0]?.path
  console.log(`${item.file.item.name}: ${item.file.annotations.length} annotations, ${picture}`)
  if (++seen === 5) break // stops the transfers under way; no partial file stays
}

await client.close()
