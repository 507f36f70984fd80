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
          const { title, spec, extensions, holds, read, write } = await loadFormat(id)
          formats.push({ id, title, spec, extensions, reads: !!read, writes: !!write, holds })
        }
        const yes = (value: boolean) => (value ? "yes" : "no")
        const rows = formats.map(({ id, title, reads, writes, holds }) => [
          id,
          title,
          yes(reads),
          yes(writes),
          holds.join(" "),
        ])
        return {
          report: { command: "formats", formats },
          text: table(["ID", "TITLE", "READS", "WRITES", "HOLDS"], rows),
        }
      }),
    )
}
