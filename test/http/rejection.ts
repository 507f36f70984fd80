/** The error that a promise rejects with; it is an error when it does not. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Error) return error
    throw new Error(`rejected with ${String(error)}, which is not an error`)
  }
  throw new Error("did not reject")
}
