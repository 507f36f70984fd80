/** Where a pull leaves other files than darwin-py 3.5.3, and the cases of `kinds-cases.ts` that show it. */
export interface PullDeviation {
  readonly id: string
  readonly darwinPy: string
  /** What is done here, and why. */
  readonly here: string
  readonly cases: readonly string[]
}

export const pullDeviations: readonly PullDeviation[] = [
  {
    id: "volume-names",
    darwinPy: "Cuts seven characters off an item's name where its file is a `.nii.gz`, whatever they are.",
    here: "Cuts `.nii.gz` off a name that has it, else the last ending.",
    cases: ["volume-of-another-name"],
  },
  {
    id: "mixed-sources",
    darwinPy:
      "Ends the pull where a slot has several files that are neither a DICOM series nor an extracted frame.",
    here: "Brings all of them, as those of a series.",
    cases: ["mixed-sources"],
  },
  {
    id: "extracted-frames",
    darwinPy:
      "Of a frame that was extracted from a video, brings the file that is named first, which may be the video; both, in slots, with `force_replace`.",
    here: "Brings the picture, which the annotations are about, and never the video; both with `forceSlots`.",
    cases: ["extracted-frame-video-first", "extracted-frame-force-replace"],
  },
  {
    id: "equal-names",
    darwinPy: "Files of equal names overwrite each other, or the first to come stays; it warns at most.",
    here: "Each file has a name of its own, with `_2`, `_3` … in the order of the release, the same in every run. Of items that need a folder of their own (slots, frames) the folder has the number.",
    cases: ["equal-sources", "equal-names-flat", "equal-names-flat-in-slots", "frames-of-equal-stems"],
  },
  {
    id: "file-and-folder",
    darwinPy: "A file whose name a folder has fails.",
    here: "The one that comes second has a number.",
    cases: ["file-and-folder"],
  },
  {
    id: "there-before",
    darwinPy: "A file that is there is never fetched, whole or not, and with `force_replace` neither.",
    here: "Fetches what this library has not brought whole, and with `forceReplace` everything, in one step each.",
    cases: ["there-before", "there-before-force-replace"],
  },
  {
    id: "other-options",
    darwinPy:
      "Takes an item for whole that has been pulled with other options: no frames after a video, no slots after a plain pull.",
    here: "Brings what the options of this pull ask for, beside what is there.",
    cases: ["frames-after-videos", "force-slots-after-plain"],
  },
  {
    id: "extra-files",
    darwinPy:
      "`remove_extra` removes what it does not plan: files of other releases, frames, and files whose names it plans otherwise, which it then fetches again.",
    here: "Removes what no release on this disk names.",
    cases: ["remove-extra-of-other-releases", "remove-extra-frames"],
  },
]
