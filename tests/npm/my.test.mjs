// A senior's own page on her phone, from her orders to what she does about one: measured as the payer's page is.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { noBrowser, open, startBrowser } from "./browser.mjs";
import { ask, signIn } from "./hearth.mjs";
import { large } from "./large.mjs";

const windows = [
  { width: 320, scheme: "light" },
  { width: 390, scheme: "dark", language: "en-GB" },
  { width: 1280, scheme: "light" },
];
const pictures = join(import.meta.dirname, "../../docs/screenshots/my");
const lines = [
  { productRef: "F01", quantity: "2" },
  { productRef: "E01", quantity: "1" },
];

let browser;
let senior;
let daughter;
let me;

before(async () => {
  if (noBrowser) return console.log(noBrowser);
  browser = await startBrowser();
  senior = await signIn();
  daughter = await signIn("wang.fang@hearth.example");
  me = (await ask("{ me { id } }", {}, senior)).me.id;
});
after(() => browser?.close());

async function picture(page, name, { width }) {
  if (!process.env.HEARTH_UPDATE_SCREENSHOTS || width > 600) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}-${width}.jpg`), type: "jpeg", quality: 62, fullPage: true });
}

/** The daughter gives her word for so small an order that each is asked for all the same. */
async function given() {
  const amounts = { seniorId: me, perOrderMinor: "100", perMonthMinor: "2000" };
  const made = await ask("mutation($i: GiveMandateInput!) { giveMandate(input: $i) { userErrors { code } } }", { i: amounts }, daughter);
  assert.deepEqual(made.giveMandate.userErrors, []);
}

async function asked(number) {
  const input = { lines, priceMinor: "5680", pickUp: "东门自提点", idempotencyKey: `my-page-000000000${number}` };
  const made = await ask("mutation($i: AskToPayInput!) { askToPay(input: $i) { payRequest { id } userErrors { code } } }", { i: input }, senior);
  assert.deepEqual(made.askToPay.userErrors, []);
  return made.askToPay.payRequest.id;
}

for (const [number, window] of windows.entries()) {
  test(`a senior follows her orders in a window of ${window.width}`, { skip: noBrowser }, async () => {
    const { page, context, complaints } = await open(browser, window);
    const look = async (name) => {
      assert.deepEqual([await large(page), complaints], [[], []], `${name} in ${window.width}`);
      await picture(page, name, window);
    };
    await given();
    const [cancelled, kept] = [await asked(`${number}1`), await asked(`${number}2`)];
    const { seniorPagePath } = await ask("{ seniorPagePath }", {}, senior);
    await page.goto(seniorPagePath);
    await look("orders");
    const amount = await page.locator(".amount").first().evaluate((element) => [element.innerText, parseFloat(getComputedStyle(element).fontSize)]);
    assert.deepEqual(amount, ["¥56.80", 36]);
    await page.click(`a[href$="/orders/${cancelled}/cancel"]`);
    await look("cancel");
    await page.click("main form button");
    assert.equal(new URL(page.url()).pathname, seniorPagePath);
    assert.equal(await page.locator(`a[href*="${cancelled}"]`).count(), 0, "it was called off");
    await page.click(`a[href$="/orders/${kept}/pick-up"]`);
    await look("pick-up");
    await page.click("main form button");
    assert.equal(await page.locator(`a[href*="${kept}"]`).count(), 0, "she pays at pick-up");
    await look("ended");
    await page.click(`a[href$="/family"]`);
    await look("family");
    await page.click("main form button");
    assert.equal(await page.locator("form").count(), 0, "the mandate was taken back");
    await look("no-mandate");
    await page.goto(`/my/${"0".repeat(64)}`);
    // The browser itself complains of an answer of 404.
    complaints.length = 0;
    await look("nowhere");
    await context.close();
  });
}
