export type { RequestRecord } from "./app.ts"
export type { SeedClass, SeedItem, SeedOptions, SeedSlot, SeedSummary } from "./seed.ts"
export type { SeedDemoOptions } from "./seed-demo.ts"
export { type DarwinServer, type StartServerOptions, startServer } from "./server.ts"
