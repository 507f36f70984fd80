import { readFile } from "node:fs/promises"
import { expect, test } from "vitest"

// Every name that a user can import, entry by entry: a change here is a change of the package's face.
const manifest = JSON.parse(await readFile("package.json", "utf8")) as { exports: Record<string, string> }

test.each(Object.entries(manifest.exports))("%s exports what it promises", async (_, path) => {
  const entry = await import(`../${path.replace("./dist/", "src/").replace(/\.js$/, ".ts")}`)
  expect(Object.keys(entry).sort()).toMatchSnapshot()
})
