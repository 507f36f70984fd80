import type { Slot } from "./store/items.ts"

const IMAGE_TYPES: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  jfif: "image/jpeg",
  bmp: "image/bmp",
  webp: "image/webp",
  tif: "image/tiff",
  tiff: "image/tiff",
  qtiff: "image/tiff",
  svs: "image/tiff",
  gif: "image/gif",
}

const OTHER_TYPES: Readonly<Record<string, string>> = {
  mp4: "video/mp4",
  mov: "video/quicktime",
  avi: "video/x-msvideo",
  mkv: "video/x-matroska",
  pdf: "application/pdf",
  dcm: "application/dicom",
}

/** Picture formats whose header is read for the size: one of them that cannot be read is a broken file. */
const MEASURED = new Set(["png", "jpg", "jpeg", "jfif", "bmp", "webp", "tif", "tiff", "gif"])

function extensionOf(fileName: string): string {
  return fileName.slice(fileName.lastIndexOf(".") + 1).toLowerCase()
}

/** The type of slot that a file makes, by its extension; what is not known is a video, as it is for V7's clients. */
export function slotTypeOf(fileName: string): Slot["type"] {
  const extension = extensionOf(fileName)
  if (extension in IMAGE_TYPES) return "image"
  if (extension === "pdf") return "pdf"
  if (extension === "dcm" || extension === "nii" || fileName.toLowerCase().endsWith(".nii.gz")) return "dicom"
  return "video"
}

/** The media type to send a file with; never JSON, which clients of this API read as something else. */
export function contentTypeOf(fileName: string): string {
  const extension = extensionOf(fileName)
  return IMAGE_TYPES[extension] ?? OTHER_TYPES[extension] ?? "application/octet-stream"
}

/** Whether the size of such a file can be read from its header. */
export function isMeasured(fileName: string): boolean {
  return MEASURED.has(extensionOf(fileName))
}
