// Every page of the back office, as each role, on a phone and on a desk, light and dark: it is there for whom it should be, axe-core finds
// nothing, nothing is wider than the window, and no page asks another host or breaks its own policy.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { codeOf, faults, noBrowser, open, signIn, staff, startBrowser } from "./browser.mjs";
import { PAGES, prepare } from "./office.pages.mjs";

const desk = { width: 1280, scheme: "light" };
const phone = { width: 360, scheme: "dark" };
/** Every window; other roles than the first see a page in the first two. */
const windows = [desk, phone, { width: 1280, scheme: "dark" }, { width: 360, scheme: "light" }];
const pictures = join(import.meta.dirname, "../../docs/screenshots/office");

let browser;
const people = noBrowser ? {} : staff();
const states = {};

before(async () => {
  if (noBrowser) return console.log(noBrowser);
  browser = await startBrowser();
  for (const person of Object.values(people)) {
    const { page, context } = await open(browser, desk);
    await signIn(page, person);
    assert.equal(new URL(page.url()).pathname, "/office", `${person.role} is signed in`);
    states[person.role] = await context.storageState();
    await context.close();
  }
  await prepare((role) => open(browser, { ...desk, state: states[role] }));
});
after(() => browser?.close());

/** Kept for the documentation when asked for; a file of one page in one window. */
async function picture(page, name, { width, scheme }) {
  const isKept = (width === 1280 && scheme === "light") || (width === 360 && scheme === "dark");
  if (!process.env.HEARTH_UPDATE_SCREENSHOTS || !isKept) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}-${width}-${scheme}.jpg`), type: "jpeg", quality: 62, fullPage: width < 600 ? false : true });
}

test("who is not signed in sees where to sign in, and nothing else", { skip: noBrowser }, async () => {
  for (const window of windows) {
    const { page, context, complaints } = await open(browser, window);
    await page.goto("/office/audit?action=x");
    assert.equal(new URL(page.url()).pathname, "/office/sign-in");
    assert.deepEqual([await faults(page), complaints], [[], []]);
    await picture(page, "sign-in", window);
    await context.close();
  }
});

test("a wrong code is refused in a page that says so", { skip: noBrowser }, async () => {
  const { page, context } = await open(browser, desk);
  await signIn(page, people.support, "000000" === codeOf(people.support.phone) ? "000001" : "000000");
  assert.equal(await page.locator("[role=alert]").count(), 1);
  assert.deepEqual(await faults(page), []);
  await context.close();
});

for (const person of Object.values(people)) {
  test(`every page as ${person.role}`, { skip: noBrowser }, async () => {
    for (const [number, window] of windows.entries()) {
      const { page, context, complaints } = await open(browser, { ...window, state: states[person.role] });
      for (const { name, path, roles } of PAGES) {
        const isFirst = roles[0] === person.role;
        if (number > 1 && !isFirst) continue;
        const answer = await page.goto(typeof path === "function" ? path() : path);
        const expected = roles.includes(person.role) ? 200 : 403;
        assert.equal(answer.status(), expected, `${name} as ${person.role}`);
        // The browser itself complains of an answer of 403.
        if (expected === 403) complaints.length = 0;
        assert.deepEqual([await faults(page), complaints], [[], []], `${name} as ${person.role} in ${window.width} ${window.scheme}`);
        if (isFirst) await picture(page, name, window);
      }
      await context.close();
    }
  });
}

test("the menu leads to pages its reader may see, and in the other language too", { skip: noBrowser }, async () => {
  for (const person of Object.values(people)) {
    const { page, context, complaints } = await open(browser, { ...desk, state: states[person.role] });
    await page.goto("/office");
    await page.click("a.language");
    assert.equal(await page.locator("html").getAttribute("lang"), "en");
    const links = await page.locator("nav a").evaluateAll((all) => all.map((link) => link.getAttribute("href")));
    assert.ok(links.includes("/office"));
    for (const link of links) {
      const answer = await page.goto(link);
      assert.equal(answer.status(), 200, `${link} as ${person.role}`);
      assert.deepEqual([await faults(page), complaints], [[], []], `${link} in English`);
    }
    await context.close();
  }
});

test("two who edit one perk see each other's change, and who saw it may overrule it", { skip: noBrowser }, async () => {
  const windows = await Promise.all([desk, phone].map((window) => open(browser, { ...window, state: states.perks })));
  const [first, second] = windows.map(({ page }) => page);
  const path = PAGES.find(({ name }) => name === "perk").path();
  const total = async (page) => Number(await page.inputValue("#total"));
  for (const page of [first, second]) await page.goto(path);
  const before = await total(first);
  for (const [page, more] of [[first, 10], [second, 20]]) {
    await page.fill("#total", String(before + more));
    await page.fill("#reason", "进货");
    await page.click("main form button");
  }
  assert.equal(await first.locator(".notice").count(), 1);
  assert.equal(await second.locator("[role=alert]").count(), 1);
  const differs = await second.locator("main table").first().locator("tbody tr").allInnerTexts();
  assert.deepEqual(differs.map((row) => row.split(/\t/).slice(1)), [[String(before + 10), String(before + 20)]]);
  // The browser itself complains of an answer of 422.
  assert.deepEqual(await faults(second), []);
  await picture(second, "perk-conflict", phone);
  await second.fill("#reason", "以我为准");
  await second.click("main form button");
  assert.equal(await total(second), before + 20);
  for (const { context } of windows) await context.close();
});

test("a gathering is called off after a look at what that does, and a code nobody gave out opens no door", { skip: noBrowser }, async () => {
  const { page, context } = await open(browser, { ...desk, state: states.perks });
  await page.goto("/office/check-in?code=00");
  await page.click("main form button");
  assert.equal(await page.locator("[role=alert]").count(), 1);
  assert.deepEqual(await faults(page), []);
  const path = PAGES.find(({ name }) => name === "gathering").path();
  await page.goto(`${path}/call-off`);
  await page.fill("#reason", "暴雨");
  await page.click("main form button");
  assert.equal(new URL(page.url()).pathname, path);
  assert.equal(await page.locator(".notice").count(), 1);
  assert.equal(await page.locator("main form").count(), 0);
  assert.deepEqual(await faults(page), []);
  await context.close();
});

test("signing out ends the session, also in a window that is still open", { skip: noBrowser }, async () => {
  const { page, context } = await open(browser, desk);
  await page.goto("/office/sign-in");
  const person = people.auditor;
  await signIn(page, person, person.codes[0]);
  const other = await context.newPage();
  await other.goto("/office");
  await page.click(".top button");
  assert.equal(new URL(page.url()).pathname, "/office/sign-in");
  await other.reload();
  assert.equal(new URL(other.url()).pathname, "/office/sign-in");
  await context.close();
});
