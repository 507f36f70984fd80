import { defineConfig, type ViteUserConfig } from "vitest/config"

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    typecheck: { include: ["test/types/**/*.test-d.ts"], tsconfig: "tsconfig.json" },
    // Tests start real servers and child processes: a limit is only there to end a hang, never to judge speed.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Processes rather than threads: the database is a native module, and tests that end a process end their own.
    pool: "forks",
  },
})

export default config
