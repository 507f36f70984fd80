import type { Deviation, DeviationPage } from "../golden.ts"

export const page: DeviationPage = {
  file: "deviations-darwin.md",
  title: "Darwin JSON: where it differs from darwin-py",
  intro: `Files are read as darwin-py 3.5.3 reads them, annotation by annotation, with their sub-annotations, properties, authors,
frames and ranges, but for what this table names; and they are written as they were read, unknown keys included. The cases are
those of \`test/fixtures/golden/imports/darwin\`; a case without an entry is equal.
The table is \`test/formats/darwin/deviations.ts\`: the tests run every case against it, and this page is made of it.`,
  deviations: [
    {
      id: "order",
      reference: "Gives the annotations of images first, then tracks, raster layers and masks.",
      ours: "The order of the file, which is what other readers see.",
      exports: [],
      imports: ["raster", "raster-two-layers", "raster-empty-first"],
    },
    {
      id: "box-rounding",
      reference: "Rounds boxes to three decimals.",
      ours: "Boxes as they are; polygons are not rounded either.",
      exports: [],
      imports: [
        "authors",
        "bbox-edges",
        "encoding-utf16-1",
        "encoding-utf16-2",
        "missing-optional-2",
        "mixed-1",
        "mixed-2",
        "mixed-3",
        "multi-slot",
        "name-with-folder",
        "no-size-1",
        "no-size-2",
        "number-formatting-1",
        "odd-classes",
        "properties",
        "sub-annotations",
        "zero-slots",
      ],
    },
    {
      id: "unknown-types",
      reference: "Drops annotations of types that it does not know.",
      ours: "They are kept, and written as they came; formats that cannot hold them say so.",
      exports: [],
      imports: ["unsupported-mixed"],
    },
    {
      id: "broken-frame",
      reference: "Drops a whole track for one frame without a shape.",
      ours: "The track is kept; the frame counts as left out where frames are written.",
      exports: [],
      imports: ["video-broken-frame"],
    },
    {
      id: "bare-keyframes",
      reference: "Copies the shape before it into a keyframe that only changes what stands beside the shape.",
      ours: "The keyframe stays as it is, so that the file can be written again; `images` gives it the shape before it.",
      exports: [],
      imports: ["video-only-keyframes"],
    },
    {
      id: "byte-order-mark",
      reference: "Refuses UTF-8 with a byte order mark.",
      ours: "Reads it.",
      exports: [],
      imports: ["encoding-utf8-bom"],
    },
    {
      id: "damaged-input",
      reference: "Fails with an error of Python's own, or one that blames the encoding.",
      ours: 'A FormatError that names the file, the JSON path or line, and the rule; under `onInvalid: "skip"` the rest is read.',
      exports: [],
      imports: ["malformed-annotation", "malformed-item", "malformed-json", "raster-sparse-rle"],
    },
  ],
}

export const deviations: readonly Deviation[] = page.deviations
