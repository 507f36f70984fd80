/** `1234567` gives `1,234,567`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",")
}

const units = ["B", "kB", "MB", "GB", "TB", "PB"]

/** Bytes in decimal units with three digits: `1234567` gives `1.23 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
  return `${value.toFixed(digits)} ${units[unit]}`
}

/** `3725` gives `1:02:05`, `65` gives `1:05`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds)
  const two = (value: number) => String(value).padStart(2, "0")
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor(whole / 60) % 60
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}

/** `1 item`, `2 items`. */
export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** `12 done, 3 failed`: the first count, and those of the others that are not 0. */
export function listCounts(...counts: readonly (readonly [count: number, what: string])[]): string {
  return counts
    .filter(([count], index) => count > 0 || index === 0)
    .map(([count, what]) => `${formatCount(count)} ${what}`)
    .join(", ")
}
