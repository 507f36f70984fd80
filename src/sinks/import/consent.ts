/** Something that a dataset lacks and an import needs. */
export type MissingDefinition =
  | {
      readonly kind: "class"
      /** The team has it, and it is switched on for the dataset; or it is made. */
      readonly action: "add" | "create"
      readonly name: string
      readonly type: string
    }
  | {
      readonly kind: "property"
      /** As above. Only properties of items are switched on for datasets. */
      readonly action: "add" | "create"
      readonly name: string
      /** The class whose annotations have it; undefined for a property of items. */
      readonly of: string | undefined
    }
  | {
      readonly kind: "value"
      readonly action: "create"
      /** Of the property. */
      readonly name: string
      readonly of: string | undefined
      readonly value: string
    }

/**
 * What an import may change in the team beside the items: `"create"` makes what is missing; `"add"` makes nothing, but
 * switches on for the dataset what the team has; `"fail"` does neither. A function is asked, once for each thing. Items
 * that need what is not given fail.
 */
export type ClassPolicy =
  | "create"
  | "add"
  | "fail"
  | ((missing: readonly MissingDefinition[]) => boolean | Promise<boolean>)

/** Which of the missing definitions may be given. */
export type Consent = (missing: readonly MissingDefinition[]) => Promise<readonly MissingDefinition[]>

/** The policy as a function. What has been asked is held, and grows with the number of definitions, not of items. */
export function createConsent(policy: ClassPolicy): Consent {
  const decided = new Map<string, boolean>()
  return async (missing) => {
    if (typeof policy !== "function") {
      return missing.filter(({ action }) => policy === "create" || policy === action)
    }
    const open = missing.filter((one) => !decided.has(JSON.stringify(one)))
    if (open.length > 0) {
      const allowed = await policy(open)
      for (const one of open) decided.set(JSON.stringify(one), allowed)
    }
    return missing.filter((one) => decided.get(JSON.stringify(one)))
  }
}
