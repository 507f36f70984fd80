import type { Perform, Program } from "../run.ts"
import { table } from "../text.ts"

/** `formats`: what can be read and written, and what each format can hold. */
export function addFormats(program: Program, perform: Perform): void {
  program
    .command("formats")
    .description("list the annotation formats: what is read, what is written, what each can hold")
    .action(() =>
      perform(async () => {
        const { formatIds, loadFormat } = await import("../../formats/index.ts")
        const formats = []
        for (const id of formatIds) {
          const { title, spec, extensions, holds, becomes = {}, ...format } = await loadFormat(id)
          const { read, readOptions = [], write, writeOptions = [] } = format
          const can = { reads: !!read, writes: !!write }
          formats.push({ id, title, spec, extensions, ...can, holds, becomes, readOptions, writeOptions })
        }
        const yes = (value: boolean) => (value ? "yes" : "no")
        const rows = formats.map(({ id, title, reads, writes, holds, becomes, writeOptions }) => [
          id,
          title,
          yes(reads),
          yes(writes),
          holds.join(" "),
          Object.keys(becomes).join(" "),
          writeOptions.join(" "),
        ])
        return {
          report: { command: "formats", formats },
          text: table(["ID", "TITLE", "READS", "WRITES", "HOLDS", "AS ANOTHER", "OPTIONS"], rows),
        }
      }),
    )
}
