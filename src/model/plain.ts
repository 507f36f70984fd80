import type { AnnotationType } from "./annotation.ts"

// Nearly every document is sound, and made of a few kinds of values. The checks of this file see that at a tenth of the
// cost of the schemas: what they say yes to, the schemas hold for, which a test proves. What they say no to may still be
// right; that is for the schemas to judge, and what is wrong for them to name.

type Members = Readonly<Record<string, unknown>>

/** Whether a document is sound around its annotations, for sure. */
export function isPlainDocument(document: unknown): boolean {
  if (!isObject(document)) return false
  const { version, schema_ref, item, annotations, properties } = document
  return (
    isObject(item) &&
    typeof item.name === "string" &&
    typeof item.path === "string" &&
    isPlainSource(item.source_info) &&
    isListOf(item.slots, isPlainSlot) &&
    item.metadata === undefined &&
    isTextOrAbsent(version) &&
    isTextOrAbsent(schema_ref) &&
    Array.isArray(annotations) &&
    isEmptyOrAbsent(properties)
  )
}

/** Whether what stands around the main shape of an annotation of an image is sound, for sure. */
export function isPlainAnnotation(annotation: unknown): boolean {
  return isObject(annotation) && isPlainCommon(annotation) && isPlainSubAnnotations(annotation)
}

/** Whether what stands around the frames of an annotation over frames is sound, for sure. */
export function isPlainVideoAnnotation(annotation: unknown): boolean {
  if (!isObject(annotation) || !isPlainCommon(annotation)) return false
  const { frames, sections, global_sub_types } = annotation
  const { ranges, segments, hidden_areas, interpolated, interpolate_algorithm, only_keyframes } = annotation
  return (
    isObject(frames) &&
    (sections === undefined || isObject(sections)) &&
    (global_sub_types === undefined || isObject(global_sub_types)) &&
    (ranges === undefined || isListOf(ranges, isRange)) &&
    (segments === undefined || isListOf(segments, isRange)) &&
    (hidden_areas === undefined || isListOf(hidden_areas, isRange)) &&
    isFlagOrAbsent(interpolated) &&
    isTextOrAbsent(interpolate_algorithm) &&
    isFlagOrAbsent(only_keyframes)
  )
}

/** Whether a frame is sound but for its main shape, for sure. */
export function isPlainFrame(frame: unknown): boolean {
  return isObject(frame) && isPlainSubAnnotations(frame) && isFlagOrAbsent(frame.keyframe)
}

/** For the main shapes that most annotations have, whether one is sound for sure. */
export const plainShapes: { readonly [Type in AnnotationType]?: (shape: unknown) => boolean } = {
  polygon: (shape) => {
    if (!isObject(shape)) return false
    const { paths, path } = shape
    return path === undefined ? isListOf(paths, isPath) : paths === undefined && isPath(path)
  },
  bounding_box: isBox,
  tag: isObject,
  line: (shape) => isObject(shape) && isPath(shape.path),
  keypoint: isPoint,
  ellipse: (shape) =>
    isObject(shape) && Number.isFinite(shape.angle) && isPoint(shape.center) && isPoint(shape.radius),
  cuboid: (shape) => isObject(shape) && isBox(shape.back) && isBox(shape.front),
  skeleton: (shape) => isObject(shape) && isListOf(shape.nodes, isNode),
  mask: (shape) => isObject(shape) && (shape.sparse_rle === undefined || shape.sparse_rle === null),
  raster_layer: (shape) =>
    isObject(shape) &&
    isListOf(shape.dense_rle, Number.isFinite) &&
    isObject(shape.mask_annotation_ids_mapping) &&
    isListOf(Object.values(shape.mask_annotation_ids_mapping), Number.isFinite) &&
    Number.isFinite(shape.total_pixels),
}

function isPlainCommon({ id, name, slot_names, properties, annotators, reviewers }: Members): boolean {
  return (
    typeof name === "string" &&
    isTextOrAbsent(id) &&
    (slot_names === undefined || isListOf(slot_names, isText)) &&
    (properties === undefined || isListOf(properties, isPlainProperty)) &&
    isEmptyOrAbsent(annotators) &&
    isEmptyOrAbsent(reviewers)
  )
}

function isPlainProperty(property: unknown): boolean {
  if (!isObject(property)) return false
  const { name, value, frame_index } = property
  const isFrame = frame_index === undefined || frame_index === null || Number.isFinite(frame_index)
  return typeof name === "string" && (value === null || isTextOrAbsent(value)) && isFrame
}

function isPlainSubAnnotations(holder: Members): boolean {
  const { text, attributes, instance_id, directional_vector, inference } = holder
  return (
    (text === undefined || (isObject(text) && typeof text.text === "string")) &&
    (attributes === undefined || isListOf(attributes, isText)) &&
    (instance_id === undefined || (isObject(instance_id) && Number.isFinite(instance_id.value))) &&
    directional_vector === undefined &&
    inference === undefined
  )
}

function isPlainSource(source: unknown): boolean {
  if (source === undefined) return true
  if (!isObject(source)) return false
  const { item_id, dataset, team, workview_url } = source
  return isTextOrAbsent(item_id) && isTextOrAbsent(workview_url) && isNamed(dataset) && isNamed(team)
}

function isNamed(owner: unknown): boolean {
  if (owner === undefined) return true
  if (!isObject(owner)) return false
  const { name, slug, dataset_management_url } = owner
  return isTextOrAbsent(name) && isTextOrAbsent(slug) && isTextOrAbsent(dataset_management_url)
}

function isPlainSlot(slot: unknown): boolean {
  if (!isObject(slot)) return false
  const { slot_name, type, source_files, width, height, thumbnail_url, metadata } = slot
  return (
    typeof slot_name === "string" &&
    type === "image" &&
    isListOf(source_files, isPlainFile) &&
    Number.isFinite(width) &&
    Number.isFinite(height) &&
    isTextOrAbsent(thumbnail_url) &&
    (metadata === undefined || isObject(metadata)) &&
    !("fps" in slot || "frame_count" in slot || "frame_urls" in slot) &&
    !("segments" in slot || "frame_manifests" in slot)
  )
}

function isPlainFile(file: unknown): boolean {
  if (!isObject(file)) return false
  const { file_name, url, storage_key, local_path } = file
  return (
    typeof file_name === "string" &&
    isTextOrAbsent(url) &&
    isTextOrAbsent(storage_key) &&
    isTextOrAbsent(local_path)
  )
}

// Lists of points are most of a file's values: this loop is where a check's time goes.
function isPath(path: unknown): boolean {
  if (!Array.isArray(path)) return false
  for (let index = 0; index < path.length; index++) {
    const point = path[index]
    if (typeof point !== "object" || point === null) return false
    if (!Number.isFinite(point.x) || !Number.isFinite(point.y)) return false
  }
  return true
}

function isPoint(point: unknown): boolean {
  return isObject(point) && Number.isFinite(point.x) && Number.isFinite(point.y)
}

function isBox(box: unknown): boolean {
  if (!isObject(box)) return false
  const { x, y, w, h } = box
  return Number.isFinite(x) && Number.isFinite(y) && Number.isFinite(w) && Number.isFinite(h)
}

function isNode(node: unknown): boolean {
  if (!isObject(node)) return false
  return typeof node.name === "string" && isPoint(node) && isFlagOrAbsent(node.occluded)
}

function isRange(range: unknown): boolean {
  return Array.isArray(range) && range.length === 2 && Number.isFinite(range[0]) && Number.isFinite(range[1])
}

function isListOf(list: unknown, isOne: (value: unknown) => boolean): boolean {
  if (!Array.isArray(list)) return false
  for (let index = 0; index < list.length; index++) if (!isOne(list[index])) return false
  return true
}

function isEmptyOrAbsent(list: unknown): boolean {
  return list === undefined || list === null || (Array.isArray(list) && list.length === 0)
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function isText(value: unknown): boolean {
  return typeof value === "string"
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === "string"
}

function isFlagOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === "boolean"
}
