import type { Deviation, DeviationPage } from "../golden.ts"

type Format = "instance_mask" | Semantic
type Semantic = "semantic_mask" | "semantic_mask_grey" | "semantic_mask_index"

/** A deviation with the cases of all formats of its page, and those of some. */
interface Shared {
  readonly id: string
  readonly reference: string
  readonly ours: string
  readonly all?: readonly string[]
  readonly some?: Readonly<Partial<Record<Format, readonly string[]>>>
}

const outsideOurs =
  "Draws the shape as it is and cuts off what lies outside, far or near. A shape outside of the image is skipped and reported."

const tracks: Shared = {
  id: "tracks",
  reference: "A track with `only_keyframes` is missing between its keyframes.",
  ours: "It stays as its last keyframe was, inside its `ranges`.",
  all: ["video-only-keyframes"],
}

const slots: Shared = {
  id: "slots",
  reference: "Draws the annotations of all slots on an image of the first slot's size.",
  ours: "Each slot is an image, `<item>/<slot>/<source file>`, with its own size and annotations.",
  all: ["multi-slot"],
}

const fileNames: Shared = {
  id: "file-names",
  reference: 'Uses the characters `< > " \\ | ? *` in file names, which not every file system takes.',
  ours: "They become `_`, as in the local layout of releases.",
  all: ["odd-names"],
}

const failures: readonly Shared[] = [
  {
    id: "empty-paths",
    reference: "Fails on a polygon without a point.",
    ours: "Skips it and reports it: it covers no pixel of the image.",
    all: ["polygon-empty-path"],
  },
  {
    id: "videos-without-frames",
    reference: "Fails on a video that has no frame.",
    ours: "Draws no mask for it.",
    all: ["video-no-frames"],
  },
  {
    id: "damaged-input",
    reference: "Fails with an error of Python's own on a damaged or foreign file.",
    ours: 'A FormatError that names the file, the place and the rule; under `onInvalid: "skip"` the rest is written.',
    all: ["malformed-annotation", "malformed-item", "malformed-json", "raster-sparse-rle"],
  },
  {
    id: "byte-order-mark",
    reference: "Refuses UTF-8 with a byte order mark.",
    ours: "Reads it.",
    all: ["encoding-utf8-bom"],
  },
]

const unseen: Shared = {
  id: "no-rmtree",
  reference: "Removes the folder `masks` of the output directory, with all that is in it, before it begins.",
  ours: "Removes nothing. Files of the same name are replaced, each in one step.",
}

const instance: readonly Shared[] = [
  {
    id: "folders",
    reference: "Leaves the item's folder out: items of one name overwrite each other.",
    ours: "`masks/<folder>/<stem>_<number>.png`, with the folder in `image_id` and `mask_id`.",
    all: [
      "batch-40",
      "folders",
      "mixed",
      "name-collisions",
      "name-with-folder",
      "odd-names",
      "random-00",
      "random-01",
      "random-03",
      "random-04",
      "random-05",
      "random-06",
      "raster-two-files",
      "video",
      "video-two-and-image",
    ],
  },
  {
    id: "distinct-names",
    reference: "Masks of images whose names differ only by their ending overwrite each other.",
    ours: "Those of the later images get `_2`, `_3` and so on before the number, and a warning says so. Names that differ only by case count as equal, since some file systems take them for one.",
    all: ["name-collisions"],
  },
  fileNames,
  {
    id: "quotes",
    reference:
      "Writes names into the CSV as they are: a comma, a quote or a line end in one breaks the table.",
    ours: "Puts them in quotes, by RFC 4180.",
    all: ["newline-class", "odd-classes"],
  },
  {
    id: "outside",
    reference: "Moves vertices that are outside of the image to its border, which bends the shape.",
    ours: outsideOurs,
    all: [
      "bbox-huge",
      "polygon-outside",
      "polygon-outside-multipath",
      "polygon-outside-no-bbox",
      "random-03",
    ],
  },
  {
    id: "ellipses",
    reference: "Leaves ellipses out.",
    ours: "Draws them, as polygons that are 0.1 pixels off at most.",
    all: ["random-00", "random-02", "random-06", "random-08", "unsupported-mixed", "unsupported-types"],
  },
  {
    id: "masks",
    reference: "Leaves masks out.",
    ours: "Writes the pixels that the raster layer has of each, in images and in frames. One whose pixels no layer holds, or whose layer does not cover the image, is skipped and reported.",
    all: [
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
  slots,
  tracks,
  {
    id: "no-size",
    reference: "Fails on an image of unknown size.",
    ours: "Skips its annotations and reports them.",
    all: ["zero-slots", "zero-slots-multipath"],
  },
  ...failures,
  unseen,
]

const semantic: readonly Shared[] = [
  {
    id: "raster-layer-class",
    reference:
      "Counts `__raster_layer__`, the name of raster layers, as a class: it takes a value of its own.",
    ours: "Counts the classes of the masks only.",
    all: ["raster", "raster-empty-first", "raster-two-files", "raster-with-box-and-tag"],
  },
  {
    id: "grey-twice",
    reference:
      "Replaces class numbers by greys one after another: from 17 entries on, a grey that is a number still to come is replaced again.",
    ours: "Looks each number up once.",
    some: { semantic_mask_grey: ["classes-20", "classes-100", "classes-253"] },
  },
  {
    id: "many-classes",
    reference:
      "Takes 254 entries with the background, in colour 256, though it says 360; more fail, in colour after a part has been written.",
    ours: "8 bits a pixel up to 256 entries, 16 bits above; colours beyond the hues that can be told apart are other free ones. The limit is 65,535 classes.",
    all: ["classes-300", "classes-365"],
    some: { semantic_mask_grey: ["classes-254"], semantic_mask_index: ["classes-254"] },
  },
  {
    id: "no-class",
    reference: "Grey masks fail where no annotation has a class to draw.",
    ours: "Writes black masks, as the other two do.",
    some: {
      semantic_mask_grey: [
        "bbox-basic",
        "bbox-edges",
        "empty-only",
        "encoding-utf16",
        "file-order",
        "no-size",
        "tags-only",
        "unsupported-types",
        "video-broken-frame",
      ],
    },
  },
  {
    id: "no-file",
    reference: "Fails where there is no image, after it has begun `class_mapping.csv`.",
    ours: "Writes the table with the background alone.",
    all: ["no-annotations-key"],
  },
  {
    id: "no-size",
    reference: "Fails on an image of unknown size.",
    ours: "Draws no mask for it: a warning says so, and its annotations are skipped and reported.",
    all: ["zero-slots", "zero-slots-multipath"],
    some: { semantic_mask: ["no-size"], semantic_mask_index: ["no-size"] },
  },
  {
    id: "equal-but-for-case",
    reference:
      "Sorts classes without regard to case; those that differ by nothing else come in an order that changes from run to run.",
    ours: "Sorts these by code point.",
    all: ["case-folding"],
  },
  {
    id: "outside",
    reference:
      "With a `bounding_box`, enlarges the image to what lies outside and cuts it again, with vertices rounded as seen from there; without one, moves vertices to the border of the image, which bends the shape.",
    ours: outsideOurs,
    all: ["polygon-outside", "polygon-outside-no-bbox", "random-03"],
  },
  {
    id: "far-outside",
    reference: "Runs out of memory where a `bounding_box` reaches far outside of the image.",
    ours: "As above: the work is that of the image.",
    all: ["bbox-huge"],
  },
  {
    id: "ellipses",
    reference: "Leaves ellipses out.",
    ours: "Draws them, as polygons that are 0.1 pixels off at most.",
    all: ["random-00", "random-02", "random-06", "random-08", "unsupported-mixed"],
    some: { semantic_mask: ["unsupported-types"], semantic_mask_index: ["unsupported-types"] },
  },
  {
    id: "layers",
    reference:
      "The whole export fails for a mask without a layer, a layer without a mask or with an unknown one, two layers, or a layer that does not cover the image.",
    ours: "Draws all masks whose pixels a layer holds; the others, and layers with pixels of no mask, are skipped and reported.",
    all: [
      "raster-no-layer",
      "raster-no-mask",
      "raster-odd-rle",
      "raster-short-rle",
      "raster-two-layers",
      "raster-unknown-id",
    ],
  },
  {
    id: "raster-and-polygon",
    reference: "Refuses a file with both masks and polygons.",
    ours: "Draws both, in the order of the annotations.",
    all: ["raster-with-polygon"],
  },
  {
    id: "raster-in-videos",
    reference: "Fails on masks in a video.",
    ours: "Draws them, frame by frame.",
    all: ["video-raster", "video-raster-empty"],
  },
  {
    id: "media-endings",
    reference:
      "Cuts what follows the last dot, whatever it is: `report.v1` and `report.v2` both give `report.png`.",
    ours: "Cuts only endings of pictures and videos: `report.v1.png`, `report.v2.png`.",
    all: ["no-extension"],
  },
  {
    id: "distinct-names",
    reference: "Images whose names differ only by their ending overwrite each other's mask.",
    ours: "The later ones get `_2`, `_3` and so on before `.png`, and a warning says so. Names that differ only by case count as equal, since some file systems take them for one.",
    all: ["name-collisions"],
  },
  fileNames,
  slots,
  tracks,
  ...failures,
  unseen,
]

const tail = `
Boxes, tags, lines, keypoints and all else that is no area of pixels are not drawn, by either: here each is counted and
reported as skipped. A shape has the pixels that darwin-py draws, borders included; with \`{ fillRule: "coco" }\` it has those
that COCO's tools draw. Images of more than 178,956,970 pixels, the largest that Pillow opens by default, are skipped and
reported. \`{ jobs: n }\` draws in n threads and gives the same files.

The cases are those of \`test/fixtures/golden\`, whose expected files darwin-py wrote; a case without an entry is equal.
The table is \`test/formats/masks/deviations.ts\`: the tests run every case against it, and this page against both.`

export const pages: readonly DeviationPage[] = [
  {
    file: "deviations-instance_mask.md",
    title: "Instance masks: where they differ from darwin-py",
    intro: `\`instance_mask\` gives the masks of darwin-py 3.5.3, pixel by pixel, and its table, but for what is named below.\n${tail}`,
    deviations: instance.map(toDeviation),
  },
  {
    file: "deviations-semantic_mask.md",
    title: "Semantic masks: where they differ from darwin-py",
    intro: `\`semantic_mask\`, \`semantic_mask_grey\` and \`semantic_mask_index\` give the masks of darwin-py 3.5.3, pixel by pixel, and its
table of values, but for what is named below.\n${tail}`,
    deviations: semantic.map(toDeviation),
  },
]

function toDeviation({ id, reference, ours, all = [], some = {} }: Shared): Deviation {
  const exports = [...new Set([...all, ...Object.values(some).flat()])].sort()
  return { id, reference, ours, exports, imports: [] }
}

/** The ids of the deviations that are to show in a case of one format. */
export function deviationsOf(format: string, name: string): string[] {
  return (format === "instance_mask" ? instance : semantic)
    .filter(({ all = [], some = {} }) => all.includes(name) || some[format as Format]?.includes(name))
    .map(({ id }) => id)
}
