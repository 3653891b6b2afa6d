// The public audit of GraphQL over HTTP: every one of its 61 rules.

import assert from "node:assert/strict";
import { test } from "node:test";

import { serverAudits } from "graphql-http";

import { url } from "./hearth.mjs";

const audits = serverAudits({ url: `${url}/graphql`, fetchFn: fetch });

test("the audit has as many rules as we say", () => assert.equal(audits.length, 61));

for (const audit of audits) {
  test(`${audit.id} ${audit.name}`, async () => {
    const result = await audit.fn();
    assert.equal(result.status, "ok", result.reason);
  });
}
