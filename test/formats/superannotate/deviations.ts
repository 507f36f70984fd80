import type { Deviation, DeviationPage } from "../golden.ts"

export const page: DeviationPage = {
  file: "deviations-superannotate.md",
  title: "SuperAnnotate: where it differs from darwin-py",
  intro: `Files give the same annotations as with darwin-py 3.5.3, but for what this table names; with \`{ shapeSuffix: true }\` classes
have its names as well.
The cases are those of \`test/fixtures/golden\`, whose expected files darwin-py wrote; a case without an entry is equal.
The table is \`test/formats/superannotate/deviations.ts\`: the tests run every case against it, and this page against both.`,
  deviations: [
    {
      id: "shape-suffix",
      reference: "Adds the shape to the name of each class: `car-bbox`, `car-polygon`.",
      ours: "Classes keep their names. `{ shapeSuffix: true }` adds the shape as darwin-py does.",
      exports: [],
      imports: [
        "attributes",
        "bad-missing-attributes",
        "bbox",
        "bbox-swapped",
        "cuboid",
        "ellipse",
        "mixed",
        "point",
        "polygon",
        "polyline",
        "rotated-bbox",
      ],
    },
    {
      id: "rounding",
      reference: "Rounds boxes to three decimals.",
      ours: "Keeps them as they are.",
      exports: [],
      imports: ["bbox"],
    },
    {
      id: "swapped-corners",
      reference: "Takes the first corner for the top left one, whichever it is.",
      ours: "Any two opposite corners make a box.",
      exports: [],
      imports: ["bbox-swapped"],
    },
    {
      id: "degrees",
      reference: "Copies the angle of an ellipse.",
      ours: "SuperAnnotate counts it in degrees, Darwin in radians.",
      exports: [],
      imports: ["ellipse"],
    },
    {
      id: "rotated-boxes",
      reference: "Refuses rotated boxes.",
      ours: "They are polygons of four corners.",
      exports: [],
      imports: ["rotated-bbox"],
    },
    {
      id: "templates",
      reference: "Refuses templates.",
      ours: "They are skeletons, their points by their labels or ids. One without a point is refused.",
      exports: [],
      imports: ["bad-type"],
    },
    {
      id: "few-points",
      reference:
        "Makes a polygon without paths of one without points; fills an odd number of coordinates up with 0.",
      ours: "A FormatError, or the instance is skipped.",
      exports: [],
      imports: ["polygon-empty", "polygon-odd"],
    },
    {
      id: "folders",
      reference: "Reads folders in `metadata.name` as part of the item's name.",
      ours: "They are the item's folder.",
      exports: [],
      imports: ["mixed"],
    },
    {
      id: "absent-lists",
      reference: "Refuses a file without `tags`, and an instance without `attributes`.",
      ours: "It has none of them.",
      exports: [],
      imports: ["bad-missing-attributes", "bad-no-tags"],
    },
    {
      id: "unknown-groups",
      reference: "Drops attributes of groups that the class does not have, without a word.",
      ours: "They are told as `skip` events.",
      exports: [],
      imports: ["attributes", "mixed", "point"],
    },
    {
      id: "damaged-input",
      reference: "Fails with an error of Python's own or of a schema.",
      ours: 'A FormatError that names the file, the place and the rule; under `onInvalid: "skip"` the rest is read.',
      exports: [],
      imports: ["attribute-unknown", "bad-classes", "class-unknown", "no-classes-file"],
    },
    {
      id: "own-names",
      reference: "Looks every class and attribute up in `classes.json`.",
      ours: "The names that newer exports have in the file itself (`className`, `groupName`, `name`) go before; where all are there, `classes.json` is not needed. It may also stand in a folder `classes`.",
      exports: [],
      imports: [],
    },
  ],
}

export const deviations: readonly Deviation[] = page.deviations
