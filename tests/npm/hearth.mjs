// How the audits reach the Hearth that `cargo xtask test` started for them.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** Where it serves: `http://127.0.0.1:…`. */
export const url = process.env.HEARTH_URL ?? "http://127.0.0.1:8080";
/** The folder its mails are files in. */
const mails = process.env.HEARTH_MAIL ?? "data/mail";
/** Its process, for the test that stops it. */
export const pid = Number(process.env.HEARTH_PID);

/** Sends one document and returns its data; throws on anything in `errors`. */
export async function ask(query, variables = {}, token = undefined) {
  const headers = { "content-type": "application/json", accept: "application/graphql-response+json" };
  if (token) headers.authorization = `Bearer ${token}`;
  const response = await fetch(`${url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  const answer = await response.json();
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data;
}

/** Signs in the way a person does, through the mail. Returns the token. */
export async function signIn(address = "wang.nainai@hearth.example") {
  const before = mailsNow();
  await ask("mutation($a: String!) { requestSignInCode(input: { address: $a }) { userErrors { code } } }", { a: address });
  const code = await mailedCode(before);
  const signedIn = await ask(
    "mutation($a: String!, $c: String!) { signIn(input: { address: $a, code: $c }) { token userErrors { code } } }",
    { a: address, c: code },
  );
  if (!signedIn.signIn.token) throw new Error(JSON.stringify(signedIn));
  return signedIn.signIn.token;
}

/** The six digits of the first mail that has some and is none of these. */
export async function mailedCode(before) {
  for (let tries = 0; tries < 400; tries += 1) {
    for (const name of mailsNow()) {
      const code = before.has(name) ? undefined : /(?<!\d)\d{6}(?!\d)/.exec(readMail(name))?.[0];
      if (code) return code;
    }
    await pause(50);
  }
  throw new Error("no mail with a code came");
}

/** The names of the mails there are. */
export function mailsNow() {
  return new Set(list());
}

function list() {
  try {
    return readdirSync(mails).filter((name) => name.endsWith(".send_sign_in_code.eml"));
  } catch {
    return [];
  }
}

/** The text of a mail's parts, decoded. */
function readMail(name) {
  const [top, ...rest] = readFileSync(join(mails, name), "utf8").split(/\r?\n\r?\n/);
  const boundary = /boundary="?([^"\r\n;]+)/i.exec(top)?.[1];
  const body = rest.join("\n\n");
  const parts = boundary ? body.split(`--${boundary}`).slice(1, -1) : [`${top}\n\n${body}`];
  const texts = parts.map((part) => {
    const [head, ...lines] = part.split(/\r?\n\r?\n/);
    const text = lines.join("\n\n");
    if (/transfer-encoding:\s*base64/i.test(head)) return Buffer.from(text, "base64").toString("utf8");
    return text.replace(/=\r?\n/g, "");
  });
  return texts.join("\n");
}
