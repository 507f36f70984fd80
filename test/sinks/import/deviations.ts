import type { Deviation, DeviationPage } from "../../formats/golden.ts"

/** What one payload case sends: the imports in their order, and the calls that change classes and properties. */
export interface Payload {
  readonly requests: readonly { readonly path: string; readonly body: Record<string, unknown> }[]
  readonly other_calls: readonly Record<string, unknown>[]
}

/** A deviation with the differences that it accounts for. */
interface PayloadDeviation extends Deviation {
  /** Whether a difference at this JSON path of the payload, between these values, is of this deviation. */
  readonly explains: (at: string, theirs: unknown, ours: unknown) => boolean
}

const wholeRequests = (at: string) => /^requests\.\d+(\.body\.annotations\.\d+)?$/.test(at)

export const payloadDeviations: readonly PayloadDeviation[] = [
  {
    id: "rounding",
    reference: "Rounds boxes to three decimals.",
    ours: "Sends the numbers of the file.",
    exports: [],
    imports: [
      "actors",
      "actors-annotators-only",
      "actors-off",
      "boxes-polygons",
      "boxes-polygons-append",
      "multi-slot",
      "odd-classes",
      "properties",
      "properties-new-item-value",
      "rounding",
      "subs",
      "subs-missing-attribute",
    ],
    explains: (at, theirs, ours) =>
      /bounding_box\.[xywh]$/.test(at) &&
      typeof theirs === "number" &&
      typeof ours === "number" &&
      Math.abs(theirs - ours) < 0.000_501,
  },
  {
    id: "same-name-two-types",
    reference:
      "Of several missing classes of one name and different types it makes one, then fails with a KeyError.",
    ours: "Makes all of them: a class is known by name and type.",
    exports: [],
    imports: ["classes-same-name-two-types"],
    explains: (at) => /^(requests|other_calls)\.\d+$/.test(at),
  },
  {
    id: "pixels",
    reference: "Reads run-length encodings as contours through the centres of pixels, without their holes.",
    ours: "Polygons of the same pixels, as [COCO](deviations-coco.md) tells.",
    exports: [],
    imports: ["coco", "coco-rle"],
    explains: (at) => at.includes(".data.polygon."),
  },
  {
    id: "more-of-coco",
    reference: "Leaves out annotations with `iscrowd` 1, and the key `attributes` where it is empty.",
    ours: "Reads both, as [COCO](deviations-coco.md) tells.",
    exports: [],
    imports: ["coco"],
    explains: (at) => /^requests\.2\.body\.annotations\.(3\.data\.attributes|4)$/.test(at),
  },
  {
    id: "scattered-records",
    reference: "Gathers all records of an item in memory, and sends them together.",
    ours: "Records of one item that stand apart in their file come as several files: the first replaces what the item holds, each further one adds to it.",
    exports: [],
    imports: ["csv-tags", "csv-tags-video"],
    explains: (at) => wholeRequests(at),
  },
  {
    id: "last-frame",
    reference: "Takes the last frame of a CSV row, which is part of the span, for the first one behind it.",
    ours: "The span ends one frame later.",
    exports: [],
    imports: ["csv-tags-video"],
    explains: (at, theirs, ours) => /\.segments\.0\.1$/.test(at) && ours === (theirs as number) + 1,
  },
  {
    id: "dataloop-folders",
    reference: "Leaves the folder in the name of the item, which is found nowhere, and knows no tags.",
    ours: "Folder and name are told apart; tags are tags.",
    exports: [],
    imports: ["dataloop"],
    explains: (at) => /^(requests|other_calls)\.0$/.test(at),
  },
  {
    id: "empty-polygons",
    reference: "Sends a polygon without paths, with its box inside, which no service can store.",
    ours: "Leaves it out and says so.",
    exports: [],
    imports: ["empty-path"],
    explains: (at) => at.startsWith("requests.0.body.annotations."),
  },
  {
    id: "labelbox",
    reference: "Leaves out an item whose box has no extent.",
    ours: "Reads it, as [Labelbox](deviations-labelbox.md) tells.",
    exports: [],
    imports: ["labelbox"],
    explains: (at) => at === "requests.1",
  },
  {
    id: "whole-pixels",
    reference: "Cuts the coordinates of Pascal VOC to whole numbers.",
    ours: "Keeps them, as [Pascal VOC](deviations-pascalvoc.md) tells.",
    exports: [],
    imports: ["pascal"],
    explains: (at) => /bounding_box\.[xywh]$/.test(at),
  },
  {
    id: "property-calls",
    reference:
      "Changes a property of items in two calls: one adds values, one switches it on for the dataset.",
    ours: "One call does both.",
    exports: [],
    imports: ["properties-new-item-value"],
    explains: (at) => at.startsWith("other_calls."),
  },
  {
    id: "empty-masks",
    reference:
      "Looks at the first mask alone; where it is empty takes it out of the layer and sends it all the same. In a video it fails.",
    ours: "Every mask that has no pixel is left out, of the layer and of what is sent, and told.",
    exports: [],
    imports: ["raster-empty-first-mask", "video-raster-empty-mask"],
    explains: (at) =>
      wholeRequests(at) || /^requests\.0\.body\.annotations\.1\.(id|annotation_class_id)$/.test(at),
  },
  {
    id: "unknown-slots",
    reference: "Sends annotations to a slot that the item does not have.",
    ours: "The item fails, and the message names the slot.",
    exports: [],
    imports: ["remote-default-slot"],
    explains: (at) => at === "requests.0",
  },
  {
    id: "superannotate-classes",
    reference:
      "Adds the type to the names of classes, as in `car-bbox`, and cannot read rotated boxes and templates.",
    ours: "Classes keep their names, as [SuperAnnotate](deviations-superannotate.md) tells.",
    exports: [],
    imports: ["superannotate", "superannotate-mixed"],
    explains: (at) =>
      /^other_calls\.\d+$/.test(at) || /\.annotation_class_id$/.test(at) || at === "requests.0",
  },
]

export const page: DeviationPage = {
  file: "deviations-import.md",
  title: "Import: where it differs from darwin-py",
  intro: `Annotations are sent as darwin-py 3.5.3 sends them, but for what this table names. The cases are those of
\`test/fixtures/golden/imports/payloads\`; a case without an entry is equal. The table is
\`test/sinks/import/deviations.ts\`: the tests run every case against it, and this page against both.

Besides, and not in these cases: annotations without an id get one that follows from dataset, item and content, not a random one. Where the
service finds a request too large, the parts keep masks and their raster layer together, the selected values of the item's properties go with
the first part, and \`overwrite\` is a text in all of them. A video none of whose frames is a keyframe is sent with all of them. Properties
that neither the team nor \`.v7/metadata.json\` knows, unknown classes and the like fail the items that need them, not the run.`,
  deviations: payloadDeviations,
}
