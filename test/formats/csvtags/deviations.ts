import type { Deviation, DeviationPage } from "../golden.ts"

export const page: DeviationPage = {
  file: "deviations-csvtags.md",
  title: "CSV tags: where it differs from darwin-py",
  intro: `Files are read as darwin-py 3.5.3 reads them, but for what this table names. The cases are those of
\`test/fixtures/golden/imports/csv_tags\`; a case without an entry is equal. The table is
\`test/formats/csvtags/deviations.ts\`: the tests run every case against it, and this page against both.

darwin-py does not write CSV tags. What is written here is a row for each image, with its full path (\`/folder/name.jpg\`), then
its tags; without a row that names the columns, which darwin-py would take for an image. Every path begins with a slash, so that no
image can be taken for such a row when it is read again.`,
  deviations: [
    {
      id: "blank-lines",
      reference: "Fails on a blank line.",
      ours: "Passes over it.",
      exports: [],
      imports: ["blank-last-line", "blank-lines"],
    },
    {
      id: "byte-order-mark",
      reference: "A byte order mark stays in the first file name, which then is found nowhere.",
      ours: "It is left out.",
      exports: [],
      imports: ["bom"],
    },
    {
      id: "header",
      reference: "A first row of the words `filename,tag` is an image.",
      ours: "It names the columns, and is left out: `filename` (or `file_name`, `image`, `full_path` and the like), then `tag`, `tags`, `tag1` and so on. `/filename` is an image.",
      exports: [],
      imports: ["header"],
    },
    {
      id: "scattered-rows",
      reference: "Holds all rows, and puts those of one file name together.",
      ours: "Rows that follow one another are put together; those that stand apart give several files of one name, so that memory does not grow with the rows.",
      exports: [],
      imports: ["duplicates"],
    },
    {
      id: "tags-twice",
      reference: "An image that has a tag twice is given it twice.",
      ours: "Once, and a `skip` event says so.",
      exports: [],
      imports: [],
    },
    {
      id: "paths",
      reference:
        "`x/y.jpg` and `/x/y.jpg` are two files of one path; `../up/y.jpg` has the folder `/../up`, which no dataset has.",
      ours: "One file; and `/up`: the root has nothing above it.",
      exports: [],
      imports: ["folders"],
    },
    {
      id: "no-name",
      reference: "Passes over a row without a file name, without a word.",
      ours: "A FormatError with the line, or a `skip` event. A row of nothing but blanks and commas is none.",
      exports: [],
      imports: ["no-tags"],
    },
    {
      id: "quotes",
      reference:
        "Reads a quote inside a cell as it stands, and what follows a closing one as part of the cell.",
      ours: "A FormatError with the line: RFC 4180 has neither, and one quote too many would swallow rows. Blanks before a quote that opens a cell are none of it.",
      exports: [],
      imports: [],
    },
    {
      id: "other-endings",
      reference: "Passes over a file that does not end in `.csv`, without a word.",
      ours: "So it is in directories and archives. A file that is named itself is read.",
      exports: [],
      imports: ["wrong-suffix"],
    },
  ],
}

export const deviations: readonly Deviation[] = page.deviations
