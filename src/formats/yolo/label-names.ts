/**
 * The full name of the item that a label file is of, without an ending: its name below the input, without the last of its
 * folders that is called `labels`.
 *
 * @example
 * itemName("labels/train/a.txt") // "train/a"
 */
export function itemName(labelName: string): string {
  const folders = labelName.split("/")
  const name = folders.pop() as string
  const at = folders.lastIndexOf("labels")
  if (at !== -1) folders.splice(at, 1)
  return [...folders, name.replace(/\.txt$/i, "")].join("/")
}
