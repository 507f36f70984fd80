import { checkDeviationPage } from "../golden.ts"
import { page } from "./deviations.ts"

checkDeviationPage(page, [])
