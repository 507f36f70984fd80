import type { Deviation, DeviationPage } from "../golden.ts"

export const page: DeviationPage = {
  file: "deviations-labelbox.md",
  title: "Labelbox: where it differs from darwin-py",
  intro: `Legacy exports give the same annotations as with darwin-py 3.5.3, but for what this table names. It reads no other: NDJSON with a
data row a line, as Labelbox exports now, is read here alone.
The cases are those of \`test/fixtures/golden\`, whose expected files darwin-py wrote; a case without an entry is equal.
The table is \`test/formats/labelbox/deviations.ts\`: the tests run every case against it, and this page against both.`,
  deviations: [
    {
      id: "rounding",
      reference: "Rounds boxes to three decimals.",
      ours: "Keeps them as they are.",
      exports: [],
      imports: ["bbox"],
    },
    {
      id: "folders",
      reference: "Reads folders in `External ID` as part of the item's name.",
      ours: "They are the item's folder.",
      exports: [],
      imports: ["mixed"],
    },
    {
      id: "damaged-input",
      reference: "Fails with an error of a schema, for the whole file.",
      ours: 'A FormatError that names the file, the place and the rule; under `onInvalid: "skip"` the rest is read.',
      exports: [],
      imports: [
        "bad-answer-number",
        "bad-negative-size",
        "bad-no-external-id",
        "bad-two-kinds",
        "polygon-empty",
      ],
    },
    {
      id: "few-points",
      reference: "Makes a malformed polygon of one point.",
      ours: "A FormatError, or the object is skipped: a polygon needs three points.",
      exports: [],
      imports: ["polygon-one-point"],
    },
    {
      id: "absent-lists",
      reference: "Refuses a label without `objects` or `classifications`.",
      ours: "It has none of them.",
      exports: [],
      imports: ["bad-no-classifications"],
    },
    {
      id: "records-by-line",
      reference: "Refuses a record that is not in a list.",
      ours: "A file may have a record a line, be it of one line only.",
      exports: [],
      imports: ["bad-not-a-list"],
    },
    {
      id: "masks",
      reference: "Refuses a file that has a mask.",
      ours: "A mask is told as a `skip` event: its pixels are behind an address, which is not fetched.",
      exports: [],
      imports: ["bad-unknown-kind"],
    },
    {
      id: "object-answers",
      reference: "Passes over the classifications of objects.",
      ours: "Choices are attributes, `question:choice`; free text is the object's text. Those that hang on an answer are read too.",
      exports: [],
      imports: [],
    },
    {
      id: "sizes",
      reference: "Does not read `Media Attributes`.",
      ours: "They are the size of the item's slot, and an address in `Labeled Data` that of its source file.",
      exports: [],
      imports: [],
    },
    {
      id: "other-endings",
      reference: "Passes over a file that does not end in `.json`, without a word.",
      ours: "So it is in directories and archives, where `.ndjson` is read too. A file that is named itself is read.",
      exports: [],
      imports: ["wrong-suffix"],
    },
  ],
}

export const deviations: readonly Deviation[] = page.deviations
