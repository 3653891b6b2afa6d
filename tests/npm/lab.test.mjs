// The voting pages on a phone, from the link in the app to the receipt: axe-core finds nothing, no text is below 20 px, no target below
// 60 px, contrast is 7 and more, and nothing is wider than 320 px, also with text twice as large.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { faults, noBrowser, open, signIn as signInStaff, staff, startBrowser } from "./browser.mjs";
import { ask, signIn } from "./hearth.mjs";
import { large } from "./large.mjs";

const windows = [
  { width: 320, scheme: "light" },
  { width: 390, scheme: "dark", language: "en-GB" },
  { width: 1280, scheme: "light" },
];
const pictures = join(import.meta.dirname, "../../docs/screenshots/lab");

const options = "sesame | 低糖芝麻酱 | Low-sugar sesame paste\npeanut | 花生酱 | Peanut butter\nnone | 都不要 | None of these";
/** A study of each form: its method, and how it is filled in. */
const STUDIES = [
  { method: "single_choice", fill: (page) => page.locator(".pick").first().click() },
  { method: "approval", fill: (page) => page.locator(".pick").nth(1).click() },
  { method: "schulze", fill: (page) => page.locator("select").first().selectOption("1") },
  { method: "star", fill: (page) => page.locator("select").first().selectOption("5") },
  { method: "quadratic", fill: (page) => page.locator("select").first().selectOption("7") },
  {
    method: "van_westendorp",
    fill: async (page) => {
      for (const [number, price] of ["9.9", "15", "22", "30"].entries()) await page.locator("main input[inputmode]").nth(number).fill(price);
    },
  },
  {
    method: "gabor_granger",
    fill: async (page) => {
      for (const answers of await page.locator("fieldset").all()) await answers.locator(".pick").first().click();
    },
  },
];

let browser;
let token;

before(async () => {
  if (noBrowser) return console.log(noBrowser);
  browser = await startBrowser();
  token = await signIn();
  const people = staff();
  const sit = async (person) => {
    const { page } = await open(browser, { width: 1280, scheme: "light" });
    await signInStaff(page, person, person.codes[1]);
    assert.equal(new URL(page.url()).pathname, "/office", person.role);
    return page;
  };
  const [perks, auditor] = [await sit(people.perks), await sit(people.auditor)];
  for (const study of STUDIES) await openStudy(perks, auditor, study);
});
after(() => browser?.close());

/** Drafts a study by the form of the office, proposes to open it, and approves that as another. */
async function openStudy(perks, auditor, study) {
  const isPrice = ["van_westendorp", "gabor_granger"].includes(study.method);
  await perks.goto("/office/studies/new");
  await perks.selectOption("#kind", isPrice ? "price" : "product");
  await perks.selectOption("#method", study.method);
  const typed = { title_zh: "下一款酱上哪一种？", title_en: "Which spread comes next?", closes_at: "2100-01-31 20:00" };
  if (!isPrice) typed.options = options;
  if (study.method === "gabor_granger") typed.prices = "9.9 15 22";
  for (const [field, text] of Object.entries(typed)) await perks.fill(`#${field}`, text);
  await perks.click("main form button");
  study.id = new URL(perks.url()).pathname.split("/").pop();
  assert.match(study.id, /^sy_/, await perks.locator("main").innerText());
  assert.deepEqual(await faults(perks), []);
  await perks.fill("#reason", "邻居们想要");
  await perks.click("main form button");
  await auditor.goto("/office/approvals");
  await auditor.locator("tbody a").first().click();
  await auditor.click("button[value=approve]");
  await perks.reload();
  assert.equal(await perks.locator("#reason").count(), 0, `${study.method} is open`);
}

/** Of one form all pages, of the others the ballot. */
async function picture(page, name, { width }) {
  const isKept = !name.includes("-") || name.endsWith("schulze") || name.startsWith("ballot-");
  if (!process.env.HEARTH_UPDATE_SCREENSHOTS || width > 600 || !isKept) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}-${width}.jpg`), type: "jpeg", quality: 62, fullPage: true });
}

for (const window of windows) {
  test(`a neighbour votes by every form in a window of ${window.width}`, { skip: noBrowser }, async () => {
    const { page, context, complaints } = await open(browser, window);
    const look = async (name) => {
      assert.deepEqual([await large(page), complaints], [[], []], `${name} in ${window.width}`);
      await picture(page, name, window);
    };
    const made = await ask("mutation { requestVotingLink { votingLink { path } userErrors { code } } }", {}, token);
    await page.goto(made.requestVotingLink.votingLink.path);
    await look("enter");
    await page.click("main button");
    assert.equal(new URL(page.url()).pathname, "/lab");
    await look("votes");
    for (const { method, fill, id } of STUDIES) {
      await page.goto(`/lab/${id}`);
      await look(`about-${method}`);
      await page.locator("main .button").first().click();
      await look(`ballot-${method}`);
      await fill(page);
      await page.locator("main button").first().click();
      await look(`check-${method}`);
      await page.locator("main button[value=cast]").click();
      assert.equal(new URL(page.url()).pathname, `/lab/${id}/receipt`, method);
      assert.equal((await page.locator(".digits").innerText()).replace(/\s/g, "").length, 20);
      await look(`receipt-${method}`);
    }
    // A form sent empty says what is missing.
    await page.goto(`/lab/${STUDIES[0].id}/ballot`);
    await page.locator("main button").first().click();
    assert.equal(await page.locator("[role=alert]").count(), 1);
    // The browser itself complains of an answer of 422.
    complaints.length = 0;
    await look("empty");
    await context.close();
  });
}
