import { isError } from "../../errors.ts"

/** Whether a request may have been carried out, although no answer says so. */
export function isUncertain(error: unknown): boolean {
  return isError(error, "network", "protocol") || (isError(error, "http") && error.status >= 500)
}
