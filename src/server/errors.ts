/** A refusal: thrown by routes and store functions, answered with its `status` and `body`. */
export class ApiError extends Error {
  readonly code = "api"
  readonly status: number
  readonly body: { readonly errors: Readonly<Record<string, unknown>> }

  constructor(status: number, errors: Readonly<Record<string, unknown>>) {
    super(JSON.stringify(errors))
    this.name = "ApiError"
    this.status = status
    this.body = { errors }
  }
}

/** 401: no key, or one that is not known. */
export function unauthorized(detail: string): ApiError {
  return new ApiError(401, { code: "UNAUTHENTICATED", detail })
}

/** 403: a known key that does not reach what was asked for. */
export function forbidden(detail: string): ApiError {
  return new ApiError(403, { code: "UNAUTHORIZED", detail })
}

/** 404. */
export function notFound(detail: string): ApiError {
  return new ApiError(404, { code: "NOT_FOUND", detail })
}

/** 422 about one field of the request. */
export function unprocessable(field: string, message: string): ApiError {
  return new ApiError(422, { [field]: [message] })
}

/** 429 in the one form that clients take for a full storage, and do not repeat. */
export function storageFull(): ApiError {
  return new ApiError(429, { code: "INSUFFICIENT_REMAINING_STORAGE" })
}

/** 422 in the one form that clients recognise as "this name is in use". */
export function nameTaken(): ApiError {
  return new ApiError(422, { name: ["has already been taken"] })
}
