// From signing in to a redemption.

import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline/promises";

import { print } from "graphql";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

import { graphql, Hearth } from "./hearth.js";

const RequestCode = graphql(`
  mutation RequestCode($input: RequestSignInCodeInput!) {
    requestSignInCode(input: $input) { retryAfterSeconds userErrors { code message } }
  }
`);
const SignIn = graphql(`
  mutation SignIn($input: SignInInput!) {
    signIn(input: $input) { token expiresAt userErrors { code message } }
  }
`);
const Account = graphql(`
  query Account {
    me { name household { id name assetAccount { available pending owed } } }
    perks(first: 100) { nodes { id name price stock { left } } }
  }
`);
const Place = graphql(`
  query Place { householdEventsCursor }
`);
const Redeem = graphql(`
  mutation Redeem($input: RedeemPerkInput!) {
    redeemPerk(input: $input) { grant { id } shortBy userErrors { code message retryable } }
  }
`);
const Events = graphql(`
  subscription Events($after: String) {
    householdEvents(after: $after) { cursor kind subjectIds }
  }
`);

const [url = "http://127.0.0.1:8080", address = "wang.nainai@hearth.example"] = process.argv.slice(2);
const hearth = new Hearth(url);

// 1. Sign in. Every mutation answers with userErrors: look at them first.
const { requestSignInCode } = await hearth.ask(RequestCode, { input: { address } });
refuse(requestSignInCode?.userErrors);
const terminal = createInterface({ input: process.stdin, output: process.stdout });
const code = await terminal.question("The six digits from the mail: ");
terminal.close();
const { signIn } = await hearth.ask(SignIn, { input: { address, code } });
refuse(signIn?.userErrors);
hearth.token = signIn?.token ?? undefined;

// 2. Where the feed of events ends now: asked for before what we want to keep up to date.
const { householdEventsCursor } = await hearth.ask(Place, {});

// 3. What there is.
const { me, perks } = await hearth.ask(Account, {});
console.log(`${me?.household?.name}: ${me?.household?.assetAccount.available} points`);
const cheapest = [...perks.nodes].sort((one, other) => one.price - other.price)[0];
if (!cheapest) throw new Error("there are no perks");

// 4. Redeem. The key is this act's name: a real app keeps it with the act until it has an answer, and sends the same key again
//    after a crash, a lost connection or an INTERNAL. Then it happens once, however often it is sent.
const idempotencyKey = randomUUID();
const { redeemPerk } = await hearth.ask(Redeem, { input: { perkId: cheapest.id, idempotencyKey } });
refuse(redeemPerk?.userErrors);
console.log(`Redeemed ${cheapest.name}: ${redeemPerk?.grant?.id}`);

// 5. Hear of it. Keep the newest cursor; after a lost connection go on after it.
class FromHere extends WebSocket {
  constructor(to: string, protocols: string[]) {
    super(to, protocols, { origin: url });
  }
}
const socket = createClient({
  url: `${url.replace("http", "ws")}/graphql/ws`,
  webSocketImpl: FromHere,
  connectionParams: { authorization: `Bearer ${hearth.token}` },
});
const events = socket.iterate<{ householdEvents: { cursor: string; kind: string; subjectIds: string[] } }>({
  query: print(Events),
  variables: { after: householdEventsCursor },
});
for await (const { data } of events) {
  if (!data) continue;
  console.log(`${data.householdEvents.kind} ${data.householdEvents.subjectIds.join(" ")}`);
  if (data.householdEvents.kind === "entitlements.perk_redeemed.v1") break;
}
await socket.dispose();

function refuse(userErrors: readonly { code: string; message: string }[] | undefined) {
  const first = userErrors?.[0];
  if (first) throw new Error(`${first.code}: ${first.message}`);
}
