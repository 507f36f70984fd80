import { describe } from "vitest"
import { checkDeviationPage } from "../golden.ts"
import { pages } from "./deviations.ts"

// No reader of darwin-py's takes YOLO, so there are no import cases.
for (const page of Object.values(pages)) describe(page.file, () => checkDeviationPage(page, []))
