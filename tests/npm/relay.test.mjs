// relay-compiler reads our schema and compiles real queries against it, in a folder of its own.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const here = import.meta.dirname;

test("relay-compiler compiles real queries", () => {
  const folder = mkdtempSync(join(tmpdir(), "hearth-relay-"));
  try {
    cpSync(join(here, "relay"), folder, { recursive: true });
    cpSync(join(here, "../../crates/gateway/schema.graphql"), join(folder, "schema.graphql"));
    mkdirSync(join(folder, "artifacts"));
    const compiler = join(here, "node_modules/relay-compiler/cli.js");
    const ran = spawnSync(process.execPath, [compiler, "relay.config.json"], { cwd: folder, encoding: "utf8" });
    assert.equal(ran.status, 0, ran.stdout + ran.stderr);
    assert.equal(readdirSync(join(folder, "artifacts")).length, 5);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
