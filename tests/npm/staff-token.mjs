// Prints the token of somebody of the staff. With HEARTH_LEAVES they left an act that waits and a webhook, so that there are ids of both.

import { ask, signIn } from "./hearth.mjs";

const name = process.env.HEARTH_STAFF_NAME;
const input = { name, password: "correct horse battery", code: process.env.HEARTH_STAFF_CODE };
const signedIn = await ask(
  "mutation($input: StaffSignInInput!) { it: staffSignIn(input: $input) { token userErrors { code } } }",
  { input },
);
const token = signedIn.it.token;
if (!token) throw new Error(JSON.stringify(signedIn));
if (process.env.HEARTH_LEAVES) await leave();
console.log(token);

async function leave() {
  const { me } = await ask("{ me { household { id } } }", {}, await signIn());
  const adjust = {
    householdId: me.household.id, adjustment: "CREDIT", points: 5000, reason: "it waits", idempotencyKey: "schema-0123456789",
  };
  const left = await ask(
    `mutation($adjust: AdjustPointsInput!) {
      adjustPoints(input: $adjust) { approval { id } userErrors { code } }
      addWebhook(input: { url: "https://hooks.invalid/hearth" }) { webhookId userErrors { code } }
    }`,
    { adjust },
    token,
  );
  if (!left.adjustPoints.approval || !left.addWebhook.webhookId) throw new Error(JSON.stringify(left));
}
