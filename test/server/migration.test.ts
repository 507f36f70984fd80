import { mkdir } from "node:fs/promises"
import path from "node:path"

import Libsql from "libsql"
import { expect, test } from "vitest"

import { startServer } from "../../src/server/index.ts"
import { migrations } from "../../src/server/store/schema.ts"
import { makeDirectory, start } from "./support.ts"

test("a data directory of the first version is brought up to date, its annotations in their order", async () => {
  const directory = await makeDirectory()
  await mkdir(directory, { recursive: true })
  const old = new Libsql(path.join(directory, "darwin.db"))
  old.exec(`${migrations[0]}
    PRAGMA user_version = 1;
    INSERT INTO teams VALUES (1, 'acme', 'acme', 'ABCDEFG.0123456789abcdefghijklmnopqrstuv');
    INSERT INTO workflows VALUES ('w', 1, 'w', 0);
    INSERT INTO datasets VALUES (1, 1, 'Kerb stones', 'kerb-stones', 0, NULL, 'w', 0, 0);
    INSERT INTO classes VALUES (1, 1, 'night', 'tag', '["tag"]', NULL, '{}', 0, 0);
    INSERT INTO items (id, dataset_id, name, path, processing_status, tags, inserted_at, updated_at)
      VALUES ('i', 1, 'a.png', '/', 'complete', '[]', 0, 0);
    INSERT INTO slots (id, item_id, position, slot_name, type, file_name, upload_id, upload_token, state)
      VALUES ('s', 'i', 0, 'left "eye"', 'image', 'a.png', 'u', 't', 'confirmed');
    INSERT INTO annotations (row, item_id, id, class_id, slot_name, data, actors, properties, inserted_at)
      VALUES (7, 'i', 'second', 1, 'left "eye"', '{"tag":{}}', '[]', '{}', 0),
             (3, 'i', 'first', 1, 'left "eye"', '{"tag":{}}', '[]', '{}', 0);`)
  old.close()
  const { call } = await start({ dataDirectory: directory })
  const annotation = (id: string) => ({
    id,
    annotation_class_id: 1,
    data: { tag: {} },
    context_keys: { slot_names: ['left "eye"'] },
    actors: [],
    annotation_properties: {},
  })
  const { json } = await call("GET", "v2/teams/acme/items/i/annotations")
  expect(json).toEqual([annotation("first"), annotation("second")])
  await call("POST", "v2/teams/acme/items/i/import", { body: { annotations: [annotation("third")] } })
  expect((await call("GET", "v2/teams/acme/items/i/annotations")).json[2]).toEqual(annotation("third"))
})

test("one of a version to come is refused, and left as it is", async () => {
  const directory = await makeDirectory()
  const later = new Libsql(path.join(directory, "darwin.db"))
  later.exec("PRAGMA user_version = 99; CREATE TABLE later (x)")
  later.close()
  await expect(startServer({ dataDirectory: directory, port: 0 })).rejects.toThrow("newer version")
  await expect(startServer({ dataDirectory: directory, port: 0 })).rejects.toThrow("newer version")
})
