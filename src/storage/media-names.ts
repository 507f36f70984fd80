// What V7 takes, by the end of the name; `.nii.gz` has two dots.
const imageEndings = [
  ".png",
  ".jpeg",
  ".jpg",
  ".jfif",
  ".tif",
  ".tiff",
  ".qtiff",
  ".bmp",
  ".svs",
  ".webp",
] as const
const videoEndings = [".avi", ".bpm", ".mov", ".mp4", ".mkv", ".hevc"] as const
const otherEndings = [".dcm", ".pdf", ".nii", ".nii.gz", ".ndpi", ".rvg"] as const

/** Whether a file of this name is an image that Darwin takes. Case does not matter. */
export function isImageName(name: string): boolean {
  return endsWithOneOf(name, imageEndings)
}

/** Whether a file of this name is a video that Darwin takes. Case does not matter. */
export function isVideoName(name: string): boolean {
  return endsWithOneOf(name, videoEndings)
}

/** Whether a file of this name is one that Darwin takes: an image, a video, a document or a volume. Case does not matter. */
export function isMediaName(name: string): boolean {
  return isImageName(name) || isVideoName(name) || endsWithOneOf(name, otherEndings)
}

/** Whether a file of this name is a DICOM file. Case does not matter. */
export function isDicomName(name: string): boolean {
  return endsWithOneOf(name, [".dcm"])
}

function endsWithOneOf(name: string, endings: readonly string[]): boolean {
  const lower = name.toLowerCase()
  return endings.some((ending) => lower.endsWith(ending))
}
