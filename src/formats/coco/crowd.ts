/**
 * The attribute that stands for COCO's `iscrowd`: Darwin has no such flag. An annotation with it is written as
 * `iscrowd` 1 (and without it in `extra.attributes`), and one of `iscrowd` 1 is read with it.
 */
export const crowdAttribute = "iscrowd"
