import type { Deviation, DeviationPage } from "../golden.ts"

export const page: DeviationPage = {
  file: "deviations-csvtagsvideo.md",
  title: "CSV tags of videos: where it differs from darwin-py",
  intro: `Files are read as darwin-py 3.5.3 reads them, but for what this table names. The cases are those of
\`test/fixtures/golden/imports/csv_tags_video\`; a case without an entry has the same tags over the same frames. The table is
\`test/formats/csvtagsvideo/deviations.ts\`: the tests run every case against it, and this page against both.

darwin-py does not write CSV tags. What is written here is a row for each span of frames that a tag is over: the full path of the
video (\`/folder/clip.mp4\`), the tag, the first frame and the last, counted from 0. There is no row that names the columns, on
which darwin-py would fail.`,
  deviations: [
    {
      id: "end-frames",
      reference:
        "The end frame of a row is included, but the segment `[start, end]` that is made of it goes to V7 as it is, where ends are excluded: the last frame is lost.",
      ours: "The range `[start, end + 1]`, and back when written. Each row is a track of one keyframe (`only_keyframes`), in place of a list of all its frames. All cases show it.",
      exports: [],
      imports: [],
    },
    {
      id: "header",
      reference: "Fails on a row that names the columns.",
      ours: "A first row of the words `filename,tag,start,end` (or `start_frame,end_frame`) is left out.",
      exports: [],
      imports: ["header"],
    },
    {
      id: "scattered-rows",
      reference: "Holds all rows, and puts those of one file name together.",
      ours: "Rows that follow one another are put together; those that stand apart give several files of one name, so that memory does not grow with the rows.",
      exports: [],
      imports: ["several-ranges"],
    },
    {
      id: "rows-twice",
      reference: "A row that stands twice gives two tags.",
      ours: "One, and a `skip` event says so. Spans that overlap stay as they are.",
      exports: [],
      imports: ["overlap"],
    },
    {
      id: "wrong-rows",
      reference:
        "Passes over a row of another number of cells, or without a file name, without a word; an empty tag is a class without a name.",
      ours: "A FormatError with the line, or a `skip` event. A row of nothing but blanks and commas is none.",
      exports: [],
      imports: ["empty-names", "wrong-columns"],
    },
    {
      id: "frames",
      reference:
        "A negative frame is taken; a fraction, or a start behind the end, fails with an error of Python's own.",
      ours: "A FormatError with the line, or a `skip` event: frames are whole numbers from 0 on.",
      exports: [],
      imports: ["negative", "not-a-number", "reversed"],
    },
    {
      id: "quotes",
      reference:
        "A quote behind a blank is a part of the cell, which then ends at a comma inside the quotes.",
      ours: "It opens the cell: blanks around cells are layout. A quote inside a cell, or anything behind a closing one, is a FormatError with the line.",
      exports: [],
      imports: ["spaces-quoted"],
    },
    {
      id: "root-folder",
      reference: "The folder of a video without one is `/.`.",
      ours: "`/`.",
      exports: [],
      imports: [],
    },
    {
      id: "byte-order-mark",
      reference: "A byte order mark stays in the first file name, which then is found nowhere.",
      ours: "It is left out.",
      exports: [],
      imports: [],
    },
  ],
}

export const deviations: readonly Deviation[] = page.deviations
