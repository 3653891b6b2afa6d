// docs/examples/redeem, as its README tells: types from the schema, compiled, run. And it does not compile when it is wrong.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { mailedCode, mailsNow, url } from "./hearth.mjs";

const here = import.meta.dirname;
const folder = mkdtempSync(join(tmpdir(), "hearth-example-"));
after(() => rmSync(folder, { recursive: true }));

function run(program, ...options) {
  const path = join(here, "node_modules", program);
  return spawnSync(process.execPath, [path, ...options], { cwd: folder, encoding: "utf8" });
}

function mustRun(program, ...options) {
  const ran = run(program, ...options);
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
}

test("the example compiles with types from the schema", async () => {
  cpSync(join(here, "../../docs/examples/redeem"), folder, { recursive: true, filter: (path) => !/node_modules|dist/.test(path) });
  symlinkSync(join(here, "node_modules"), join(folder, "node_modules"));
  const schema = await fetch(`${url}/schema.graphql`);
  writeFileSync(join(folder, "schema.graphql"), await schema.text());
  mustRun("gql.tada/bin/cli.js", "generate-output");
  mustRun("typescript/bin/tsc");
});

test("a misspelt field does not compile", () => {
  const path = join(folder, "redeem.ts");
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replace("assetAccount.available", "assetAccount.availabel"));
  assert.match(run("typescript/bin/tsc", "--noEmit").stdout, /availabel/);
  writeFileSync(path, text);
});

test("it signs in, redeems and hears of it", async () => {
  const address = "wang.nainai@hearth.example";
  const before = mailsNow();
  const example = spawn(process.execPath, ["dist/redeem.js", url, address], { cwd: folder });
  let said = "";
  for (const stream of [example.stdout, example.stderr]) stream.on("data", (data) => (said += data));
  const ended = new Promise((resolve) => example.on("exit", resolve));
  example.stdin.write(`${await mailedCode(before)}\n`);
  assert.equal(await ended, 0, said);
  assert.match(said, /points\nRedeemed .+: gr_[0-9a-f]{32}\n/);
  assert.match(said, /entitlements\.perk_redeemed\.v1 gr_[0-9a-f]{32} pk_[0-9a-f]{32}\n/);
});
