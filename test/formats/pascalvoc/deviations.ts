import type { Deviation, DeviationPage } from "../golden.ts"

export const page: DeviationPage = {
  file: "deviations-pascalvoc.md",
  title: "Pascal VOC: where it differs from darwin-py",
  intro: `Written files are those of darwin-py 3.5.3 to the byte, and read files give the same boxes, but for what this table names.
The cases are those of \`test/fixtures/golden\`, whose expected files darwin-py wrote; a case without an entry is equal.
The table is \`test/formats/pascalvoc/deviations.ts\`: the tests run every case against it, and this page against both.

Corners are darwin-py's by default: pixel edges counted from 0, so that \`xmax\` is \`xmin\` plus the width. With
\`{ coordinates: "devkit" }\` they are the devkit's: the first and the last pixel of the box, counted from 1, clipped to the
image. Files do not say which of the two they hold, so whoever reads them has to know.`,
  deviations: [
    {
      id: "folders",
      reference:
        "Writes all files into one directory and leaves the item's folder out of `filename` and `path`.",
      ours: "`<folder>/<stem>.xml`, with the folder in `filename` and `path`: two items of one name do not overwrite each other, and both importers find the item again.",
      exports: [
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
        "video",
        "video-two-and-image",
      ],
      imports: [],
    },
    {
      id: "distinct-names",
      reference:
        "Images whose names differ only by their ending overwrite each other's file; the last one stays.",
      ours: "The later ones get `_2`, `_3` and so on before `.xml`, and a warning says so. Names that differ only by case count as equal, since some file systems take them for one.",
      exports: ["name-collisions"],
      imports: [],
    },
    {
      id: "media-endings",
      reference:
        "Cuts what follows the last dot, whatever it is: `report.v1` and `report.v2` both give `report.xml`.",
      ours: "Cuts only endings of pictures and videos: `report.v1.xml`, `report.v2.xml`.",
      exports: ["no-extension"],
      imports: [],
    },
    {
      id: "file-names",
      reference: 'Uses the characters `< > " \\ | ? *` in file names, which not every file system takes.',
      ours: "They become `_` in the name of the XML file, as in the local layout of releases; `filename` keeps them.",
      exports: ["odd-names"],
      imports: [],
    },
    {
      id: "flags",
      reference: "Writes `truncated` 0 and `difficult` 0 for every object.",
      ours: "The attributes `truncated` and `difficult` set theirs to 1; `occluded` adds `<occluded>1</occluded>`, as the later devkits have it.",
      exports: [
        "random-00",
        "random-03",
        "random-04",
        "random-05",
        "random-06",
        "random-07",
        "random-09",
        "sub-annotations",
      ],
      imports: [],
    },
    {
      id: "no-size",
      reference: "Writes `None` for a width or height that is not known.",
      ours: "Leaves `size` out.",
      exports: ["no-size", "zero-slots", "zero-slots-multipath"],
      imports: [],
    },
    {
      id: "polygon-boxes",
      reference:
        "Fails on a polygon without `bounding_box`; takes a given one even where it is not the polygon's.",
      ours: "The box around the polygon's paths. A given one is used where it is within 0.05 pixels of that.",
      exports: ["polygon-multipath", "polygon-no-bbox", "polygon-outside-no-bbox", "polygon-some-bbox"],
      imports: [],
    },
    {
      id: "slots",
      reference: "Puts the annotations of all slots on an image of the first slot's size.",
      ours: "One file a slot, `<item>/<slot>/<source file>.xml`, with its own size and annotations.",
      exports: ["multi-slot"],
      imports: [],
    },
    {
      id: "tracks",
      reference:
        "A track with `only_keyframes` is missing between its keyframes; one frame without a shape drops the whole track.",
      ours: "Such a track stays as its last keyframe was, inside its `ranges`. A frame without a shape is skipped alone and reported.",
      exports: ["video-broken-frame", "video-only-keyframes"],
      imports: [],
    },
    {
      id: "videos-without-frames",
      reference: "Fails on a video that has no frame.",
      ours: "Writes no file for it.",
      exports: ["video-no-frames"],
      imports: [],
    },
    {
      id: "damaged-input",
      reference: "Fails with an error of Python's own on a damaged or foreign file.",
      ours: 'A FormatError that names the file, the place and the rule; under `onInvalid: "skip"` the rest is written.',
      exports: ["malformed-annotation", "malformed-item", "malformed-json", "raster-sparse-rle"],
      imports: [
        "blank-filename",
        "empty-name",
        "infinity",
        "malformed",
        "missing-bndbox",
        "missing-filename",
        "missing-name",
        "missing-xmin",
        "missing-ymax",
        "nan",
        "not-a-number",
      ],
    },
    {
      id: "byte-order-mark",
      reference: "Refuses UTF-8 with a byte order mark.",
      ours: "Reads it.",
      exports: ["encoding-utf8-bom"],
      imports: [],
    },
    {
      id: "large-integers",
      reference: "Holds integers of any size exactly.",
      ours: "Numbers are doubles: above 2^53 the nearest one.",
      exports: ["number-formatting"],
      imports: [],
    },
    {
      id: "rounding",
      reference:
        "Rounds boxes to three decimals when it reads them, and to whole numbers when it writes them.",
      ours: "Rounds once: 0.4996 is 0, not 1 by way of 0.5 (halves go to the even number in both).",
      exports: [],
      imports: [],
    },
    {
      id: "fractions",
      reference: "Cuts the fraction off each corner, towards zero.",
      ours: "Keeps it.",
      exports: [],
      imports: ["floats"],
    },
    {
      id: "white-space",
      reference: "Keeps white space and line ends around names.",
      ours: "Trims it: it is the layout of the XML.",
      exports: [],
      imports: ["whitespace"],
    },
    {
      id: "reversed-corners",
      reference: "Makes a box of negative width and height.",
      ours: "A FormatError, or the object is skipped: which corner is wrong is not known.",
      exports: [],
      imports: ["reversed"],
    },
    {
      id: "namespaces",
      reference: "Does not find elements in a default namespace.",
      ours: "Reads them: the names are the same.",
      exports: [],
      imports: ["namespace"],
    },
    {
      id: "other-endings",
      reference: "Passes over a file that does not end in `.xml`, without a word.",
      ours: "So it is in directories and archives. A file that is named itself is read; if it is not Pascal VOC, a FormatError says so.",
      exports: [],
      imports: ["wrong-suffix"],
    },
    {
      id: "flags-read",
      reference: "Does not read `truncated`, `difficult`, `occluded` and `size`.",
      ours: "The first three become attributes of these names, the size that of the item's slot.",
      exports: [],
      imports: [],
    },
  ],
}

export const deviations: readonly Deviation[] = page.deviations
