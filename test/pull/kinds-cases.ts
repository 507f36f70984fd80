import type { PullDatasetOptions } from "../../src/client/pull-dataset.ts"
import type { Slot } from "../../src/model/annotation-file.ts"

/** A slot as a case thinks of it: the names of its source files, or these and more. */
export interface KindSlot {
  readonly files: readonly string[]
  readonly type?: Slot["type"]
  /** How many addresses of frames it lists. */
  readonly frames?: number
}

/** An item as a case thinks of it: slots by name, or the one source file of slot `0`. */
export interface KindItem {
  readonly name: string
  /** @default the folder that the case is run in */
  readonly path?: string
  readonly slots: string | Readonly<Record<string, readonly string[] | KindSlot>>
}

/** What a pull leaves below `images/`: by path, which file it is. `~` at the start of a path is the case's folder. */
export type Tree = Readonly<Record<string, string>>

/** A kind of item, how it is pulled, and what comes of it. */
export interface KindCase {
  readonly name: string
  readonly items: readonly KindItem[]
  /** Items of an earlier release, which has been pulled. */
  readonly earlier?: readonly KindItem[]
  /** One pull after the other. @default one without options */
  readonly pulls?: readonly PullDatasetOptions[]
  /** What stands below `images/` before, put there by another tool. */
  readonly before?: Tree
  /** Whether it is only so with, or only so without, the folders of items. */
  readonly only?: "folders" | "flat"
  /** What darwin-py 3.5.3 leaves below `images/`, or what becomes of it. */
  readonly darwinPy: Tree | string
  /** @default as darwin-py */
  readonly here?: Tree
}

/** How a file of an item is named in a tree: `scan 0/orig.jpg`, and `clip 0/frame 3`. */
export const fileOf = (item: string, slot: string, file: string): string => `${item} ${slot}/${file}`

const video = (files: readonly string[], frames: number): KindSlot => ({ files, frames, type: "video" })
const frames = (folder: string, item: string, slot: string, count: number): Tree =>
  Object.fromEntries(
    Array.from({ length: count }, (_, at) => [
      `${folder}/000000${at}.png`,
      fileOf(item, slot, `frame ${at}`),
    ]),
  )

const pair = { name: "pair.png", slots: { "2": ["b.png"], "10": ["a.png"], "1": ["c.mp4"] } }
const clip = { name: "clip.v1.mp4", slots: { "0": video(["c.mp4"], 2) } }
const frameOf = (...files: readonly string[]): KindItem => ({ name: "frame_7.png", slots: { "0": files } })
const scan = { name: "scan", slots: "orig.jpg" }

export const kindCases: readonly KindCase[] = [
  // One slot with one source.
  { name: "ending-of-source", items: [scan], darwinPy: { "~scan.jpg": "scan 0/orig.jpg" } },
  {
    name: "last-ending-only",
    items: [{ name: "clip.v1", slots: "c.mp4" }],
    darwinPy: { "~clip.mp4": "clip.v1 0/c.mp4" },
  },
  {
    name: "unsafe-characters",
    items: [{ name: `a<b>c"d/e\\f|g?h*i.png`, slots: "x.png" }],
    darwinPy: { "~a_b_c_d_e_f_g_h_i.png": `a<b>c"d/e\\f|g?h*i.png 0/x.png` },
  },
  {
    name: "volume",
    items: [{ name: "vol.nii.gz", slots: "v.nii.gz" }],
    darwinPy: { "~vol.nii.gz": "vol.nii.gz 0/v.nii.gz" },
  },
  {
    name: "volume-of-another-name",
    items: [{ name: "vol2.dcm", slots: "v.nii.gz" }],
    darwinPy: { "~v.nii.gz": "vol2.dcm 0/v.nii.gz" },
    here: { "~vol2.nii.gz": "vol2.dcm 0/v.nii.gz" },
  },
  { name: "no-slots", items: [{ name: "empty.png", slots: {} }], darwinPy: {} },
  { name: "no-sources", items: [{ name: "empty.png", slots: { "0": [] } }], darwinPy: {} },

  // Several slots, several sources.
  {
    name: "several-slots",
    items: [pair],
    darwinPy: {
      "~pair.png/1/c.mp4": "pair.png 1/c.mp4",
      "~pair.png/10/a.png": "pair.png 10/a.png",
      "~pair.png/2/b.png": "pair.png 2/b.png",
    },
  },
  {
    name: "several-slots-unsafe",
    items: [{ name: "a?", slots: { "s*1": ["x|y.png"], s2: ["z.png"] } }],
    darwinPy: { "~a_/s_1/x_y.png": "a? s*1/x|y.png", "~a_/s2/z.png": "a? s2/z.png" },
  },
  {
    name: "channels",
    items: [{ name: "sat", slots: { "red.png": ["red.png"], "nir.png": ["nir.png"] } }],
    darwinPy: {
      "~sat/nir.png/nir.png": "sat nir.png/nir.png",
      "~sat/red.png/red.png": "sat red.png/red.png",
    },
  },
  {
    name: "series",
    items: [{ name: "knee.dcm", slots: { "0": { files: ["1.dcm", "2.dcm", "3.dcm"], type: "dicom" } } }],
    darwinPy: {
      "~knee.dcm/0/1.dcm": "knee.dcm 0/1.dcm",
      "~knee.dcm/0/2.dcm": "knee.dcm 0/2.dcm",
      "~knee.dcm/0/3.dcm": "knee.dcm 0/3.dcm",
    },
  },
  {
    name: "series-in-one-of-two-slots",
    items: [{ name: "i", slots: { a: ["1.dcm", "2.dcm"], b: ["x.png"] } }],
    darwinPy: { "~i/a/1.dcm": "i a/1.dcm", "~i/a/2.dcm": "i a/2.dcm", "~i/b/x.png": "i b/x.png" },
  },
  {
    name: "mixed-sources",
    items: [{ name: "i", slots: { "0": ["a.png", "b.png"] } }, scan],
    darwinPy: "ValueError, and nothing of the release comes",
    here: { "~i/0/a.png": "i 0/a.png", "~i/0/b.png": "i 0/b.png", "~scan.jpg": "scan 0/orig.jpg" },
  },
  {
    name: "equal-sources",
    items: [{ name: "i", slots: { a: ["x.png"], "a?": ["x.png"], "a*": ["x.png"] } }],
    darwinPy: { "~i/a/x.png": "i a/x.png", "~i/a_/x.png": "either of two" },
    here: { "~i/a/x.png": "i a/x.png", "~i/a_/x.png": "i a*/x.png", "~i/a_/x_2.png": "i a?/x.png" },
  },

  // A frame that was extracted from a video names both.
  {
    name: "extracted-frame",
    items: [frameOf("f.png", "whole.mp4")],
    darwinPy: { "~frame_7.png": "frame_7.png 0/f.png" },
  },
  {
    name: "extracted-frame-video-first",
    items: [frameOf("whole.mp4", "f.png")],
    darwinPy: { "~frame_7.mp4": "frame_7.png 0/whole.mp4" },
    here: { "~frame_7.png": "frame_7.png 0/f.png" },
  },
  {
    name: "extracted-frame-force-replace",
    items: [frameOf("f.png", "whole.mp4")],
    pulls: [{ forceReplace: true }],
    darwinPy: {
      "~frame_7.png/0/f.png": "frame_7.png 0/f.png",
      "~frame_7.png/0/whole.mp4": "frame_7.png 0/whole.mp4",
    },
    here: { "~frame_7.png": "frame_7.png 0/f.png" },
  },
  {
    name: "extracted-frame-force-slots",
    items: [frameOf("f.png", "whole.mp4")],
    pulls: [{ forceSlots: true }],
    darwinPy: {
      "~frame_7.png/0/f.png": "frame_7.png 0/f.png",
      "~frame_7.png/0/whole.mp4": "frame_7.png 0/whole.mp4",
    },
  },

  // Options.
  {
    name: "force-slots",
    items: [scan, { name: "vol2.dcm", slots: "v.nii.gz" }],
    pulls: [{ forceSlots: true }],
    darwinPy: { "~scan/0/orig.jpg": "scan 0/orig.jpg", "~vol2.dcm/0/v.nii.gz": "vol2.dcm 0/v.nii.gz" },
  },
  {
    name: "ignore-slots",
    items: [pair],
    pulls: [{ ignoreSlots: true }],
    darwinPy: { "~pair.mp4": "pair.png 1/c.mp4" },
  },
  {
    name: "ignore-slots-wins",
    items: [pair, { name: "knee.x", slots: { "0": ["1.dcm", "2.dcm"] } }],
    pulls: [{ ignoreSlots: true, forceSlots: true, forceReplace: true }],
    darwinPy: { "~knee.dcm": "knee.x 0/1.dcm", "~pair.mp4": "pair.png 1/c.mp4" },
  },

  // Frames in place of videos.
  {
    name: "frames",
    items: [clip, scan],
    pulls: [{ videoFrames: true }],
    darwinPy: { ...frames("~clip.v1", "clip.v1.mp4", "0", 2), "~scan.jpg": "scan 0/orig.jpg" },
  },
  {
    name: "frames-in-slots",
    items: [{ name: "duo.mp4", slots: { a: video(["a.mp4"], 2), b: { files: ["b.png"], frames: 1 } } }],
    pulls: [{ videoFrames: true }],
    darwinPy: { ...frames("~duo.mp4/a", "duo.mp4", "a", 2), "~duo.mp4/b/b.png": "duo.mp4 b/b.png" },
  },
  {
    name: "frames-force-slots",
    items: [clip],
    pulls: [{ videoFrames: true, forceSlots: true }],
    darwinPy: frames("~clip.v1.mp4/0", "clip.v1.mp4", "0", 2),
  },
  {
    name: "frames-ignore-slots",
    items: [{ name: "duo.mp4", slots: { b: ["b.png"], a: video(["a.mp4"], 2) } }],
    pulls: [{ videoFrames: true, ignoreSlots: true }],
    darwinPy: frames("~duo", "duo.mp4", "a", 2),
  },
  {
    name: "frames-of-a-series",
    items: [{ name: "knee", slots: { "0": { files: ["1.dcm", "2.dcm"], type: "dicom", frames: 2 } } }],
    pulls: [{ videoFrames: true }],
    darwinPy: frames("~knee/0", "knee", "0", 2),
  },
  {
    name: "frames-of-equal-stems",
    items: [
      { name: "c.mp4", slots: { "0": video(["c.mp4"], 1) } },
      { name: "c.mov", slots: { "0": video(["c.mov"], 2) } },
    ],
    pulls: [{ videoFrames: true }],
    only: "folders",
    darwinPy: { "~c/0000000.png": "either of two", "~c/0000001.png": "c.mov 0/frame 1" },
    here: { ...frames("~c", "c.mp4", "0", 1), ...frames("~c_2", "c.mov", "0", 2) },
  },
  {
    name: "frames-of-equal-stems-flat",
    items: [
      { name: "c.mp4", slots: { "0": video(["c.mp4"], 1) } },
      { name: "c.mov", slots: { "0": video(["c.mov"], 2) } },
    ],
    pulls: [{ videoFrames: true }],
    only: "flat",
    darwinPy: { ...frames("~c", "c.mp4", "0", 1), ...frames("~c_2", "c.mov", "0", 2) },
  },

  // Equal targets without folders.
  {
    name: "equal-names-flat",
    items: [
      { name: "x.png", path: "/a", slots: "x.png" },
      { name: "x.png", path: "/b", slots: "other.png" },
    ],
    only: "flat",
    darwinPy: { "x.png": "either of two" },
    here: { "x.png": "/a/x.png 0/x.png", "x_2.png": "/b/x.png 0/other.png" },
  },
  {
    name: "equal-names-flat-in-slots",
    items: [
      { name: "x", path: "/a", slots: { l: ["l.png"], r: ["r.png"] } },
      { name: "x", path: "/b", slots: { l: ["l.png"], s: ["s.png"] } },
    ],
    only: "flat",
    darwinPy: { "x/l/l.png": "either of two", "x/r/r.png": "/a/x r/r.png", "x/s/s.png": "/b/x s/s.png" },
    here: {
      "x/l/l.png": "/a/x l/l.png",
      "x/r/r.png": "/a/x r/r.png",
      "x_2/l/l.png": "/b/x l/l.png",
      "x_2/s/s.png": "/b/x s/s.png",
    },
  },
  {
    name: "file-and-folder",
    items: [
      { name: "a", path: "/", slots: "none" },
      { name: "b.png", path: "/a", slots: "b.png" },
      { name: "c.png", path: "/a/d", slots: "c.png" },
    ],
    only: "folders",
    darwinPy: { "a/b.png": "/a/b.png 0/b.png", "a/d/c.png": "/a/d/c.png 0/c.png" },
    here: { a: "/a 0/none", "a_2/b.png": "/a/b.png 0/b.png", "a_2/d/c.png": "/a/d/c.png 0/c.png" },
  },

  // What is there already.
  {
    name: "again",
    items: [scan, pair, clip],
    pulls: [{}, {}],
    darwinPy: {
      "~clip.v1.mp4": "clip.v1.mp4 0/c.mp4",
      "~pair.png/1/c.mp4": "pair.png 1/c.mp4",
      "~pair.png/10/a.png": "pair.png 10/a.png",
      "~pair.png/2/b.png": "pair.png 2/b.png",
      "~scan.jpg": "scan 0/orig.jpg",
    },
  },
  {
    name: "there-before",
    items: [{ name: "kerb.png", slots: "kerb.png" }],
    before: { "~kerb.png": "half of a fi" },
    darwinPy: { "~kerb.png": "half of a fi" },
    here: { "~kerb.png": "kerb.png 0/kerb.png" },
  },
  {
    name: "there-before-force-replace",
    items: [{ name: "kerb.png", slots: "kerb.png" }],
    before: { "~kerb.png": "another picture" },
    pulls: [{ forceReplace: true }],
    darwinPy: { "~kerb.png": "another picture" },
    here: { "~kerb.png": "kerb.png 0/kerb.png" },
  },
  {
    name: "frames-after-videos",
    items: [{ name: "clip.mp4", slots: { "0": video(["clip.mp4"], 2) } }],
    pulls: [{}, { videoFrames: true }],
    darwinPy: { "~clip.mp4": "clip.mp4 0/clip.mp4" },
    here: { "~clip.mp4": "clip.mp4 0/clip.mp4", ...frames("~clip", "clip.mp4", "0", 2) },
  },
  {
    name: "force-slots-after-plain",
    items: [{ name: "kerb.png", slots: "kerb.png" }],
    pulls: [{}, { forceSlots: true }],
    darwinPy: { "~kerb.png": "kerb.png 0/kerb.png" },
    // A file has the name of the item's folder.
    here: { "~kerb.png": "kerb.png 0/kerb.png", "~kerb_2.png/0/kerb.png": "kerb.png 0/kerb.png" },
  },

  // What is there and no longer wanted.
  {
    name: "remove-extra",
    items: [scan],
    before: { "~old.png": "old", "old/er.mp4": "older", "old/notes.txt": "the user's own" },
    pulls: [{ removeExtra: true }],
    darwinPy: { "old/notes.txt": "the user's own", "~scan.jpg": "scan 0/orig.jpg" },
  },
  {
    name: "remove-extra-of-other-releases",
    items: [scan],
    earlier: [{ name: "old.png", slots: "old.png" }],
    pulls: [{ removeExtra: true }],
    darwinPy: { "~scan.jpg": "scan 0/orig.jpg" },
    here: { "~old.png": "old.png 0/old.png", "~scan.jpg": "scan 0/orig.jpg" },
  },
  {
    name: "remove-extra-frames",
    items: [clip],
    pulls: [{ videoFrames: true }, {}, { videoFrames: true, removeExtra: true }],
    darwinPy: { "~clip.v1.mp4": "clip.v1.mp4 0/c.mp4" },
    here: frames("~clip.v1", "clip.v1.mp4", "0", 2),
  },
]
