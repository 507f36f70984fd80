// The same stream as an observable, for those who compose with rxjs.

import { Client } from "darwin-streams"
import { toObservable } from "darwin-streams/rxjs"
import { bufferCount, filter, lastValueFrom, map, tap } from "rxjs"

const client = Client.local()
const dataset = await client.getRemoteDataset("demo/street-scenes")

await lastValueFrom(
  toObservable(dataset.pullStream({ onlyAnnotations: true })).pipe(
    filter((item) => item.state !== "failed"),
    map((item) => item.file.annotations.length),
    bufferCount(3),
    tap((counts) => console.log(`${counts.length} items more, with ${counts.join(" + ")} annotations`)),
  ),
)

await client.close()
