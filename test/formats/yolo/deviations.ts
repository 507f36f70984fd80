import type { Deviation, DeviationPage } from "../golden.ts"

/** A deviation of one of the formats or both, with its cases in each. */
interface Shared {
  readonly id: string
  readonly reference: Text
  readonly ours: Text
  readonly box?: readonly string[]
  readonly segment?: readonly string[]
}

type Text = string | { readonly box: string; readonly segment: string }

const shared: readonly Shared[] = [
  {
    id: "folders",
    reference: "Writes all files into one directory.",
    ours: "`<folder>/<stem>.txt`: two items of one name do not overwrite each other, and images in folders find their labels.",
    box: [
      "batch-40",
      "folders",
      "mixed",
      "name-collisions",
      "name-with-folder",
      "odd-names",
      "random-00",
      "random-01",
      "random-02",
      "random-03",
      "random-04",
      "random-05",
      "random-06",
      "raster-two-files",
    ],
    segment: [
      "batch-40",
      "folders",
      "mixed",
      "name-collisions",
      "name-with-folder",
      "odd-names",
      "random-00",
      "random-01",
      "random-02",
      "random-03",
      "random-04",
      "random-05",
      "random-06",
      "raster-two-files",
    ],
  },
  {
    id: "item-names",
    reference: "Names a file after the annotation file, which may be called otherwise than the image.",
    ours: "Named after the item: Ultralytics finds labels by the image's name.",
    box: ["encoding-utf16", "name-collisions", "name-with-folder"],
    segment: ["encoding-utf16", "name-collisions", "name-with-folder"],
  },
  {
    id: "json-in-names",
    reference: "Turns every `.json` of a name into `.txt`: `x.json.y` gives `x.txt.y.txt`.",
    ours: "Only the ending of the image is cut.",
    box: ["no-extension"],
    segment: ["no-extension"],
  },
  {
    id: "distinct-names",
    reference: "Images whose names differ only by their ending share a file; the last one stays.",
    ours: "The later ones get `_2`, `_3` and so on, and a warning says so: Ultralytics cannot tell such images apart, so one of them should be renamed.",
    box: ["name-collisions"],
    segment: ["name-collisions"],
  },
  {
    id: "file-names",
    reference: 'Uses the characters `< > " \\ | ? *` in file names, which not every file system takes.',
    ours: "They become `_`, as in the local layout of releases.",
    box: ["odd-names"],
    segment: ["odd-names"],
  },
  {
    id: "data-yaml",
    reference: "Writes `darknet.labels` alone.",
    ours: "`data.yaml` as well, which Ultralytics needs to start.",
    box: [],
    segment: [],
  },
  {
    id: "line-ends",
    reference:
      "A line end in a class name becomes one in `darknet.labels`, and all later classes have the wrong number.",
    ours: "`data.yaml` has the name as it is, `darknet.labels` a blank for the line end, and a warning says so.",
    box: ["newline-class"],
    segment: ["newline-class"],
  },
  {
    id: "clipping",
    reference:
      "Numbers run out of 0 to 1 where a shape reaches out of its image; Ultralytics then leaves out the whole file.",
    ours: { box: "The box around what is in the image.", segment: "The part that is in the image." },
    box: ["bbox-edges", "bbox-huge", "polygon-outside", "polygon-outside-multipath"],
    segment: ["bbox-edges", "bbox-huge", "polygon-outside", "polygon-outside-no-bbox"],
  },
  {
    id: "outside",
    reference: "Writes what is wholly outside of its image.",
    ours: "Left out and counted.",
    box: ["bbox-edges", "bbox-huge", "number-formatting", "polygon-outside"],
    segment: ["bbox-edges", "bbox-huge", "number-formatting", "polygon-outside", "polygon-outside-no-bbox"],
  },
  {
    id: "degenerate",
    reference: "Writes shapes without width or height.",
    ours: "Left out and counted: there is nothing to learn from.",
    box: ["bbox-edges", "polygon-degenerate", "sizes"],
    segment: ["bbox-edges", "number-formatting", "polygon-degenerate", "sizes"],
  },
  {
    id: "rounding",
    reference: "Rounds boxes to three decimals of a pixel when it reads them.",
    ours: "Keeps them as they are.",
    box: [
      "authors",
      "batch-40",
      "bbox-basic",
      "bbox-edges",
      "case-folding",
      "empty-annotations",
      "encoding-utf16",
      "file-order",
      "missing-optional",
      "mixed",
      "name-collisions",
      "name-with-folder",
      "newline-class",
      "no-extension",
      "no-size",
      "number-formatting",
      "odd-classes",
      "odd-names",
      "properties",
      "random-00",
      "random-01",
      "random-02",
      "random-03",
      "random-04",
      "random-05",
      "random-06",
      "random-07",
      "random-08",
      "random-09",
      "raster-with-box-and-tag",
      "same-name-types",
      "sub-annotations",
      "video-two-and-image",
    ],
    segment: [
      "authors",
      "batch-40",
      "bbox-basic",
      "bbox-edges",
      "case-folding",
      "empty-annotations",
      "encoding-utf16",
      "file-order",
      "missing-optional",
      "mixed",
      "name-collisions",
      "name-with-folder",
      "newline-class",
      "no-extension",
      "number-formatting",
      "odd-classes",
      "odd-names",
      "polygon-some-bbox",
      "properties",
      "random-00",
      "random-01",
      "random-02",
      "random-03",
      "random-04",
      "random-05",
      "random-06",
      "random-07",
      "random-08",
      "random-09",
      "raster-with-box-and-tag",
      "same-name-types",
      "sub-annotations",
      "video-two-and-image",
    ],
  },
  {
    id: "polygon-boxes",
    reference:
      "Fails on a polygon without `bounding_box`; takes a given one even where it is not the polygon's.",
    ours: "The box around the polygon's paths. A given one is used where it is within 0.05 pixels of that.",
    box: ["polygon-multipath", "polygon-no-bbox", "polygon-outside-no-bbox", "polygon-some-bbox"],
  },
  {
    id: "parts",
    reference: "Leaves out polygons of more than one path.",
    ours: "One line an annotation: parts and holes are joined by bridges without width, as Ultralytics' own converter joins parts. Even-odd, which is how Ultralytics fills it, holes stay out.",
    segment: [
      "batch-40",
      "mixed",
      "polygon-multipath",
      "polygon-multipath-small",
      "polygon-outside-multipath",
      "polygon-rounding",
      "random-00",
      "random-03",
      "random-04",
      "random-05",
      "random-06",
      "random-07",
      "random-08",
      "sub-annotations",
    ],
  },
  {
    id: "masks",
    reference: "Leaves out masks.",
    ours: { box: "The box around the mask's pixels.", segment: "The outline of the mask's pixels." },
    box: [
      "raster",
      "raster-empty-first",
      "raster-two-files",
      "raster-two-layers",
      "raster-unknown-id",
      "raster-with-box-and-tag",
      "raster-with-polygon",
      "video-raster",
      "video-raster-empty",
    ],
    segment: [
      "raster",
      "raster-empty-first",
      "raster-two-files",
      "raster-two-layers",
      "raster-unknown-id",
      "raster-with-box-and-tag",
      "raster-with-polygon",
      "video-raster",
      "video-raster-empty",
    ],
  },
  {
    id: "ellipses",
    reference: "Leaves out ellipses.",
    ours: { box: "The box around the ellipse.", segment: "A polygon, 0.1 pixels off at most." },
    box: ["random-00", "random-02", "random-06", "random-08", "unsupported-mixed", "unsupported-types"],
    segment: ["random-00", "random-02", "random-06", "random-08", "unsupported-mixed", "unsupported-types"],
  },
  {
    id: "no-size",
    reference: {
      box: "Leaves out the annotations of an image of unknown size without a word.",
      segment: "Fails on an image of unknown size.",
    },
    ours: "The annotations are left out and counted; the file is empty.",
    box: [],
    segment: ["no-size", "zero-slots", "zero-slots-multipath"],
  },
  {
    id: "slots",
    reference: "Puts the annotations of all slots on an image of the first slot's size.",
    ours: "One file a slot, `<item>/<slot>/<stem of its source file>.txt`, with its own size and annotations.",
    box: ["multi-slot"],
    segment: ["multi-slot"],
  },
  {
    id: "frames",
    reference: "Each frame of a video overwrites the file of the one before.",
    ours: "One file a frame, `<stem of the item>/0000000.txt` and on.",
    box: [
      "video",
      "video-broken-frame",
      "video-long",
      "video-only-keyframes",
      "video-raster",
      "video-raster-empty",
      "video-two-and-image",
    ],
    segment: [
      "video",
      "video-broken-frame",
      "video-long",
      "video-only-keyframes",
      "video-raster",
      "video-raster-empty",
      "video-two-and-image",
    ],
  },
  {
    id: "tracks",
    reference: "One frame without a shape drops the whole track.",
    ours: "Such a frame is skipped alone and reported.",
    box: ["video-broken-frame"],
    segment: ["video-broken-frame"],
  },
  {
    id: "videos-without-frames",
    reference: "Fails on a video that has no frame.",
    ours: "Writes no file for it.",
    box: ["video-no-frames"],
    segment: ["video-no-frames"],
  },
  {
    id: "damaged-input",
    reference: "Fails with an error of Python's own on a damaged or foreign file.",
    ours: 'A FormatError that names the file, the place and the rule; under `onInvalid: "skip"` the rest is written.',
    box: ["malformed-annotation", "malformed-item", "malformed-json", "raster-sparse-rle"],
    segment: ["malformed-annotation", "malformed-item", "malformed-json", "raster-sparse-rle"],
  },
  {
    id: "byte-order-mark",
    reference: "Refuses UTF-8 with a byte order mark.",
    ours: "Reads it.",
    box: ["encoding-utf8-bom"],
    segment: ["encoding-utf8-bom"],
  },
  {
    id: "line-end-of-file",
    reference: { box: "The last line of a file has no line end.", segment: "An empty file has a line end." },
    ours: "Each line has one, an empty file has none.",
    box: [],
    segment: [],
  },
  {
    id: "decimals",
    reference: "Writes the shortest digits that give the same double, up to 17.",
    ours: "Up to twelve decimals: of an image of 100,000 pixels, a ten millionth of a pixel.",
    box: [],
    segment: [],
  },
]

function deviationsOf(kind: "box" | "segment"): Deviation[] {
  const text = (text: Text) => (typeof text === "string" ? text : text[kind])
  return shared.flatMap(({ id, reference, ours, [kind]: exports }) => {
    if (exports === undefined) return []
    return [{ id, reference: text(reference), ours: text(ours), exports, imports: [] }]
  })
}

const intro = (
  format: string,
) => `Written files have the lines of darwin-py 3.5.3, numbers equal to a billionth, but for what this table names.
The cases are those of \`test/fixtures/golden\`, whose expected files darwin-py wrote; a case without an entry is equal.
The table is \`test/formats/yolo/deviations.ts\`: the tests run every case against it, and this page against both. They also hold
each case against its own documents, and against the rules by which Ultralytics checks labels.

darwin-py does not read ${format}: what is read is tested by round trips and files made by hand.`

export const pages: Readonly<Record<"box" | "segment", DeviationPage>> = {
  box: {
    file: "deviations-yolo.md",
    title: "YOLO: where it differs from darwin-py",
    intro: intro("YOLO"),
    deviations: deviationsOf("box"),
  },
  segment: {
    file: "deviations-yolo_segmented.md",
    title: "YOLO segments: where they differ from darwin-py",
    intro: intro("YOLO segments"),
    deviations: deviationsOf("segment"),
  },
}
