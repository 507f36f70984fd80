import { checkDeviationPage, importCases } from "../golden.ts"
import { page } from "./deviations.ts"

checkDeviationPage(page, importCases("labelbox"))
