export type { RequestRecord } from "./app.ts"
export {
  type FaultAnswer,
  type FaultOptions,
  type FaultProxy,
  type FaultProxyOptions,
  startFaultProxy,
} from "./fault-proxy.ts"
export { type FaultName, type FaultRule, type FaultTarget, faultNames, parseFaults } from "./faults.ts"
export type { ServerLimits } from "./limits.ts"
export type { SeedClass, SeedItem, SeedOptions, SeedSlot, SeedSummary } from "./seed.ts"
export type { SeedDemoOptions } from "./seed-demo.ts"
export { type DarwinServer, type StartServerOptions, startServer } from "./server.ts"
