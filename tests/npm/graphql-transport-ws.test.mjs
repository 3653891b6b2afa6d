// The rules of graphql-transport-ws, one by one: by a bare socket where the client of the `graphql-ws` package is too polite.

import assert from "node:assert/strict";
import { once } from "node:events";
import { after, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { createClient } from "graphql-ws";
import WebSocket from "ws";

import { ask, pid, signIn, url } from "./hearth.mjs";

const address = `${url.replace("http", "ws")}/graphql/ws`;
const follow = "subscription($after: String) { householdEvents(after: $after) { id cursor kind subjectIds } }";
const token = await signIn();

function open({ origin = url, protocol = "graphql-transport-ws" } = {}) {
  return new WebSocket(address, protocol, { origin });
}

/** Opens a bare socket, says these things, and returns all it heard with the code it was closed with. */
async function converse(messages, { until = () => false } = {}) {
  const socket = open();
  await once(socket, "open");
  const heard = [];
  const closed = once(socket, "close");
  const enough = new Promise((resolve) => {
    socket.on("message", (data) => {
      heard.push(JSON.parse(data));
      if (until(heard)) resolve();
    });
  });
  for (const message of messages) {
    const isRaw = typeof message === "string" || Buffer.isBuffer(message);
    socket.send(isRaw ? message : JSON.stringify(message));
  }
  const ended = await Promise.race([closed, enough.then(() => undefined)]);
  socket.close(1000);
  return { heard, code: ended?.[0], reason: ended?.[1]?.toString() };
}

const init = (bearer = token) => ({ type: "connection_init", payload: { authorization: `Bearer ${bearer}` } });
const subscribe = (id, query = follow, variables = {}) => ({ id, type: "subscribe", payload: { query, variables } });

async function refusedHandshake(options) {
  const socket = open(options);
  const [, response] = await once(socket, "unexpected-response");
  socket.on("error", () => {});
  response.destroy();
  return response.statusCode;
}

// One after another: a person has five sockets at most.
describe("graphql-transport-ws", () => {
  test("the handshake names the sub-protocol", async () => {
    const socket = open();
    await once(socket, "open");
    assert.equal(socket.protocol, "graphql-transport-ws");
    socket.close();
  });

  test("another sub-protocol is no handshake", async () => assert.equal(await refusedHandshake({ protocol: "graphql-ws" }), 400));
  test("another site's page may not open a socket", async () =>
    assert.equal(await refusedHandshake({ origin: "https://elsewhere.example" }), 403));
  test("nor may somebody without an Origin", async () => assert.equal(await refusedHandshake({ origin: null }), 403));

  for (const [name, messages, code, reason] of [
    ["not JSON", ["nonsense"], 4400],
    ["not an object", ["[]"], 4400],
    ["no text", [Buffer.from([1, 2, 3])], 4400],
    ["no type", [{}], 4400],
    ["a type of no message", [{ type: "nonsense" }], 4400],
    ["a type only servers send", [{ type: "connection_ack" }], 4400],
    ["a subscribe without an id", [init(), { type: "subscribe", payload: { query: follow } }], 4400],
    ["a subscribe without a payload", [init(), { type: "subscribe", id: "1" }], 4400],
    ["a subscribe without a query", [init(), { type: "subscribe", id: "1", payload: {} }], 4400],
    ["a subscribe before the acknowledgement", [subscribe("1")], 4401, "Unauthorized"],
    ["no token", [{ type: "connection_init" }], 4403, "Forbidden"],
    ["a token that is not good", [init("nonsense")], 4403, "Forbidden"],
    ["an id twice", [init(), subscribe("1"), subscribe("1")], 4409, "Subscriber for 1 already exists"],
    ["initialising twice", [init(), init()], 4429, "Too many initialisation requests"],
    ["a message that is too large", ["x".repeat(100_000)], 1009],
  ]) {
    test(`${name} closes with ${code}`, async () => {
      const ended = await converse(messages);
      assert.equal(ended.code, code);
      if (reason) assert.equal(ended.reason, reason);
    });
  }

  test("a ping is answered, before the acknowledgement too", async () => {
    const { heard } = await converse([{ type: "ping", payload: { a: 1 } }], { until: () => true });
    assert.deepEqual(heard, [{ type: "pong" }]);
  });

  test("what is no subscription, or is refused, is an error, and its id is free again", async () => {
    const messages = [init(), subscribe("1", "{ __typename }"), subscribe("1", "{"), subscribe("1", "subscription { nothing }")];
    const { heard } = await converse(messages, { until: (heard) => heard.length === 4 });
    assert.deepEqual(heard.map(({ type, id }) => [type, id]).slice(1), Array(3).fill(["error", "1"]));
    for (const { payload } of heard.slice(1)) {
      assert.ok(Array.isArray(payload));
      assert.equal(payload[0].extensions.code, "BAD_USER_INPUT");
    }
  });

  test("completing what does not run is passed over, and a completed id is free again", async () => {
    const messages = [init(), { type: "complete", id: "7" }, subscribe("7"), { type: "complete", id: "7" }, subscribe("7"), { type: "ping" }];
    const { heard } = await converse(messages, { until: (heard) => heard.length === 2 });
    assert.deepEqual(heard, [{ type: "connection_ack" }, { type: "pong" }]);
  });

  test("twenty operations run on one socket and no more", async () => {
    const messages = [init(), ...Array.from({ length: 21 }, (_, n) => subscribe(`${n}`))];
    const { heard } = await converse(messages, { until: (heard) => heard.length === 2 });
    assert.deepEqual([heard[1].type, heard[1].id], ["error", "20"]);
    assert.equal(heard[1].payload[0].extensions.reason, "TOO_MANY_OPERATIONS");
  });
});

class FromHere extends WebSocket {
  constructor(to, protocols) {
    super(to, protocols, { origin: url });
  }
}

function client(bearer = token) {
  const connectionParams = { authorization: `Bearer ${bearer}` };
  return createClient({ url: address, webSocketImpl: FromHere, connectionParams, retryAttempts: 0 });
}

const redeem = "mutation($p: ID!, $k: String!) { redeemPerk(input: { perkId: $p, idempotencyKey: $k }) { grant { id } userErrors { code } } }";

async function redeemCheapest() {
  const { perks } = await ask("{ perks(first: 100) { nodes { id price } } }");
  const cheapest = perks.nodes.toSorted((one, other) => one.price - other.price)[0];
  const done = await ask(redeem, { p: cheapest.id, k: crypto.randomUUID() }, token);
  assert.deepEqual(done.redeemPerk.userErrors, []);
  return done.redeemPerk.grant.id;
}

describe("the client of graphql-ws", () => {
  test("hears what happens, and after coming back goes on where it stopped", async () => {
    const { householdEventsCursor } = await ask("{ householdEventsCursor }", {}, token);
    const grant = await redeemCheapest();
    const take = async (count, after) => {
      const socket = client();
      const events = [];
      for await (const { data, extensions } of socket.iterate({ query: follow, variables: { after } })) {
        if (events.length === 0) assert.ok(extensions.cost.requestedQueryCost >= 0);
        events.push(data.householdEvents);
        if (events.length === count) break;
      }
      await socket.dispose();
      return events;
    };
    const [first] = await take(1, householdEventsCursor);
    const rest = await take(1, first.cursor);
    const all = await take(2, householdEventsCursor);
    assert.deepEqual(all, [first, ...rest]);
    const redeemed = all.find((event) => event.kind === "entitlements.perk_redeemed.v1");
    assert.ok(redeemed.subjectIds.includes(grant));
  });

  test("is told that a query is refused", async () => {
    const socket = client();
    await assert.rejects(async () => {
      for await (const _ of socket.iterate({ query: "{ __typename }" })) assert.fail("nothing runs");
    }, (errors) => errors[0].extensions.reason === "NOT_A_SUBSCRIPTION");
    await socket.dispose();
  });
});

describe("what takes its time", { concurrency: true }, () => {
  test("never initialising closes with 4408 after ten seconds", async () => {
    const begun = Date.now();
    const ended = await converse([]);
    assert.equal(ended.code, 4408);
    assert.ok(Math.abs(Date.now() - begun - 10_000) < 2_000);
  });

  test("the server pings within 25 seconds and asks for no more than a pong", async () => {
    const { heard } = await converse([init()], { until: (heard) => heard.length === 2 });
    assert.deepEqual(heard, [{ type: "connection_ack" }, { type: "ping" }]);
  });

  test("a socket is hung up on once its session was revoked, within half a minute", async () => {
    const own = await signIn();
    const running = converse([init(own), subscribe("1")], { until: (heard) => heard.at(-1).type === "pong" });
    await pause(500);
    await ask("mutation { signOut { isSignedOut } }", {}, own);
    const { heard, code } = await running;
    assert.equal(code, 4403);
    assert.equal(heard.find(({ type }) => type === "error").payload[0].extensions.code, "UNAUTHENTICATED");
  });
});

after(async () => {
  if (!pid) return;
  const socket = open();
  await once(socket, "open");
  socket.send(JSON.stringify(init()));
  await once(socket, "message");
  const begun = Date.now();
  process.kill(pid, "SIGTERM");
  const [code] = await once(socket, "close");
  assert.equal(code, 1001);
  assert.ok(Date.now() - begun < 10_000);
});
