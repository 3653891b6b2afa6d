// The payer's page on a phone, from the link to the thanks: axe-core finds nothing, no text is below 20 px and the amount not below 36, no
// target below 60 px, contrast is 7 and more, and nothing is wider than 320 px, also with text twice as large.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { faults, noBrowser, open, signIn as signInStaff, staff, startBrowser } from "./browser.mjs";
import { ask, signIn } from "./hearth.mjs";
import { large } from "./large.mjs";

/** Each window with a payer of its own: who confirmed once who they are is not asked again. */
const windows = [
  { width: 320, scheme: "light", payer: "王磊", mail: "wang.lei@hearth.example" },
  { width: 390, scheme: "dark", language: "en-GB", payer: "刘婷", mail: "liu.ting@hearth.example" },
  { width: 1280, scheme: "light", payer: "王芳", mail: "wang.fang@hearth.example" },
];
const pictures = join(import.meta.dirname, "../../docs/screenshots/pay");
const lines = [
  { productRef: "F01", quantity: "2" },
  { productRef: "E01", quantity: "1" },
];

let browser;
let senior;
let payers;

before(async () => {
  if (noBrowser) return console.log(noBrowser);
  browser = await startBrowser();
  senior = await signIn();
  payers = (await ask("{ payers { personId name } }", {}, senior)).payers;
});
after(() => browser?.close());

/** Lets the senior ask, somebody first; the way of that payer's link. */
async function askedFirst({ payer, mail }, number) {
  const [first] = payers.filter(({ name }) => name === payer);
  const order = { personIds: [first.personId, ...payers.map(({ personId }) => personId).filter((id) => id !== first.personId)] };
  const set = await ask("mutation($i: SetPayerOrderInput!) { setPayerOrder(input: $i) { userErrors { code } } }", { i: order }, senior);
  assert.deepEqual(set.setPayerOrder.userErrors, []);
  const input = { lines, priceMinor: "5680", pickUp: "东门自提点", idempotencyKey: `pay-page-0000000${number}` };
  const made = await ask("mutation($i: AskToPayInput!) { askToPay(input: $i) { payRequest { id } userErrors { code } } }", { i: input }, senior);
  assert.deepEqual(made.askToPay.userErrors, []);
  const query = "query($id: ID!) { payRequest(id: $id) { payToken } }";
  const seen = await ask(query, { id: made.askToPay.payRequest.id }, await signIn(mail));
  return `/pay/${seen.payRequest.payToken}`;
}

async function picture(page, name, { width }) {
  if (!process.env.HEARTH_UPDATE_SCREENSHOTS || width > 600) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}-${width}.jpg`), type: "jpeg", quality: 62, fullPage: true });
}

for (const [number, window] of windows.entries()) {
  test(`a relative pays from a link in a window of ${window.width}`, { skip: noBrowser }, async () => {
    const { page, context, complaints } = await open(browser, window);
    const look = async (name) => {
      assert.deepEqual([await large(page), complaints], [[], []], `${name} in ${window.width}`);
      await picture(page, name, window);
    };
    const link = await askedFirst(window, number);
    await page.goto(link);
    await look("who");
    await page.click("main .button");
    await look("asked");
    const amount = await page.locator(".amount").evaluate((element) => [element.innerText, parseFloat(getComputedStyle(element).fontSize)]);
    assert.deepEqual(amount, ["¥56.80", 36]);
    await page.click("main a.button");
    await look("why");
    await page.locator("main .button").click();
    await page.click("main form button");
    assert.match(new URL(page.url()).pathname, /^\/sandbox-pay\/pa_/);
    await page.click("button[value=succeed]");
    // The sandbox tells of it as a provider does: a little later.
    for (let tries = 0; tries < 100; tries += 1) {
      await page.goto(link);
      if ((await page.locator("form").count()) === 0) break;
      await pause(200);
    }
    assert.equal(await page.locator("form").count(), 0, "it was paid");
    await look("paid");
    await page.goto("/pay/00000000000000000000000000000000");
    // The browser itself complains of an answer of 404.
    complaints.length = 0;
    await look("nowhere");
    await context.close();
  });
}

test("the office tells the story of a request with its payment", { skip: noBrowser }, async () => {
  const { finance } = staff();
  for (const window of [{ width: 1280, scheme: "light" }, { width: 360, scheme: "dark" }]) {
    const { page, context, complaints } = await open(browser, window);
    await signInStaff(page, finance, finance.codes[window.width > 600 ? 1 : 2]);
    await page.goto("/office/payments");
    await page.locator("tbody a").first().click();
    assert.match(new URL(page.url()).pathname, /^\/office\/payments\/pq_/);
    const story = page.locator("main table").last().locator("tbody tr");
    assert.ok((await story.count()) >= 2, "an attempt and its payment");
    assert.match(await page.locator("main").innerText(), /56\.80/);
    assert.deepEqual([await faults(page), complaints], [[], []], `a payment in ${window.width}`);
    if (process.env.HEARTH_UPDATE_SCREENSHOTS) {
      const folder = join(import.meta.dirname, "../../docs/screenshots/office");
      await page.screenshot({ path: join(folder, `payment-${window.width}-${window.scheme}.jpg`), type: "jpeg", quality: 62, fullPage: window.width < 600 });
    }
    await context.close();
  }
});
