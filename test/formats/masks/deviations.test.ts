import { describe } from "vitest"
import { checkDeviationPage } from "../golden.ts"
import { pages } from "./deviations.ts"

// darwin-py writes masks only, so there are no import cases.
for (const page of pages) describe(page.file, () => checkDeviationPage(page, []))
