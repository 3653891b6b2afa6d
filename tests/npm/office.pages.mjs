// The pages of the back office and who may see each; the first role is the one its picture is taken as.

import assert from "node:assert/strict";

const ALL = ["admin", "support", "perks", "finance", "auditor"];
const VIEWERS = ["finance", "support", "auditor"];
const READERS = ["admin", "auditor"];

/** What pages with an id in their address are about, found by {@link prepare}. */
const found = {};
const household = (rest = "") => () => `/office/households/${found.household}${rest}`;

export const PAGES = [
  { name: "today", path: "/office", roles: ALL },
  { name: "households", path: "/office/households", roles: VIEWERS },
  { name: "household", path: household(), roles: VIEWERS },
  { name: "statement", path: household("/statement"), roles: VIEWERS },
  { name: "adjust", path: household("/adjust"), roles: ["finance", "support"] },
  { name: "reverse", path: () => found.reverse, roles: ["finance"] },
  { name: "approvals", path: "/office/approvals", roles: ["finance", "support", "auditor", "admin"] },
  { name: "approval", path: () => found.approval, roles: ["finance", "support", "auditor", "admin"] },
  { name: "perks", path: "/office/perks", roles: ["perks", "admin", "support", "finance", "auditor"] },
  { name: "perk", path: () => found.perk, roles: ["perks", "admin", "support", "finance", "auditor"] },
  { name: "new-perk", path: "/office/perks/new", roles: ["perks"] },
  { name: "waiting", path: () => `${found.gathering.replace("gatherings", "perks")}/waiting`, roles: ["perks", "support", "auditor"] },
  { name: "gatherings", path: "/office/gatherings", roles: ["perks", "admin", "support", "finance", "auditor"] },
  { name: "gathering", path: () => found.gathering, roles: ["perks", "admin", "support", "finance", "auditor"] },
  { name: "new-gathering", path: "/office/gatherings/new", roles: ["perks"] },
  { name: "call-off", path: () => `${found.gathering}/call-off`, roles: ["perks"] },
  { name: "slots", path: "/office/slots", roles: ["perks", "admin", "support", "finance", "auditor"] },
  { name: "slot", path: () => found.slot, roles: ["perks", "admin", "support", "finance", "auditor"] },
  { name: "new-slot", path: "/office/slots/new", roles: ["perks"] },
  { name: "settle-booking", path: "/office/slots/settle", roles: ["perks"] },
  { name: "check-in", path: "/office/check-in", roles: ["perks"] },
  { name: "earn-rules", path: "/office/earn-rules", roles: ["finance", "perks", "auditor"] },
  { name: "simulate-earn-rule", path: () => found.rule, roles: ["finance", "perks", "auditor"] },
  { name: "studies", path: "/office/studies", roles: ["perks", "auditor"] },
  { name: "new-study", path: "/office/studies/new", roles: ["perks", "auditor"] },
  { name: "figures", path: "/office/pictures", roles: ["finance", "perks", "auditor"] },
  { name: "payments", path: "/office/payments", roles: VIEWERS },
  { name: "parked", path: "/office/parked", roles: READERS },
  { name: "webhooks", path: "/office/webhooks", roles: READERS },
  { name: "webhook", path: () => found.webhook, roles: READERS },
  { name: "deliveries", path: "/office/deliveries", roles: READERS },
  { name: "event-keys", path: "/office/event-keys", roles: READERS },
  { name: "staff", path: "/office/staff", roles: READERS },
  { name: "roles", path: () => found.staff, roles: READERS },
  { name: "audit", path: "/office/audit", roles: ["auditor", "admin"] },
  { name: "settings", path: "/office/settings", roles: ["admin", "finance", "auditor"] },
  { name: "account", path: "/office/account", roles: ALL },
];

/** Looks up or makes what the pages above are about, as people would. `as` opens a window signed in with a role. */
export async function prepare(as) {
  const finance = await as("finance");
  await finance.page.goto("/office/households");
  await finance.page.fill("#q", "H001");
  await finance.page.click("main form button");
  found.household = (await finance.page.locator("td a").first().getAttribute("href")).split("/").pop();
  await adjust(finance.page, "20", "送货晚了，赔礼");
  const reverse = finance.page.locator("a[href*='/reverse?']").first();
  found.reverse = await reverse.getAttribute("href");
  await finance.context.close();

  const rules = await as("finance");
  await rules.page.goto("/office/earn-rules");
  found.rule = await rules.page.locator("tbody a").first().getAttribute("href");
  await rules.context.close();

  const support = await as("support");
  await adjust(support.page, "300", "冷链断了，三份虾赔付");
  found.approval = new URL(support.page.url()).pathname;
  assert.match(found.approval, /^\/office\/approvals\/ap_/);
  // With a reason the whole story is there, names masked.
  await support.page.goto(`/office/households/${found.household}`);
  await support.page.fill("#reason", "来电 17");
  await support.page.click("main button");
  assert.equal(await support.page.locator("figure.chart svg[role=img]").count(), 1);
  await support.context.close();

  const perks = await as("perks");
  await perks.page.goto("/office/perks");
  found.perk = await perks.page.locator("tbody a").first().getAttribute("href");
  await announce(perks.page);
  await offerSlot(perks.page);
  await perks.context.close();

  const admin = await as("admin");
  await admin.page.goto("/office/webhooks");
  await admin.page.fill("#url", "https://shop.example/hearth");
  await admin.page.click("main form button");
  assert.match(await admin.page.locator(".secret").textContent(), /^whsec_/);
  found.webhook = await admin.page.locator("main a.button").getAttribute("href");
  await admin.page.goto("/office/staff");
  found.staff = await admin.page.locator("tbody a").first().getAttribute("href");
  await admin.page.goto("/office/event-keys");
  await admin.page.click("main form button");
  await admin.context.close();
}

/** Announces a gathering, on a day the calendar shows. */
async function announce(page) {
  await page.goto("/office/gatherings/new");
  const day = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const texts = {
    code: "tea-afternoon",
    name_zh: "下午茶",
    name_en: "Afternoon tea",
    terms_zh: "茶点都备好了",
    terms_en: "Tea and cake are there",
    place_zh: "社区活动室",
    place_en: "The common room",
    price: "80",
    seats: "16",
    starts_at: `${day}T18:00`,
    ends_at: `${day}T20:00`,
    full_until: `${day}T12:00`,
    part_until: `${day}T16:00`,
  };
  for (const [field, text] of Object.entries(texts)) await page.fill(`#${field}`, text);
  await page.click("main form button");
  found.gathering = new URL(page.url()).pathname;
  assert.match(found.gathering, /^\/office\/gatherings\/pk_/);
}

/** Puts a slot on offer, of a perk that is redeemed by booking one. */
async function offerSlot(page) {
  await page.goto("/office/perks/new");
  const perk = { code: "first-round", name_zh: "早班优先送", name_en: "First round", terms_zh: "第一批送达", terms_en: "Delivered first", price: "60", total: "50", reason: "新权益" };
  for (const [field, text] of Object.entries(perk)) await page.fill(`#${field}`, text);
  await page.click("main form button");
  await page.goto("/office/slots/new");
  const day = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const slot = { perk: "first-round", community: "玉兰里社区", starts_at: `${day}T18:00`, ends_at: `${day}T19:30`, cut_off_at: `${day}T16:00`, capacity: "24" };
  for (const [field, text] of Object.entries(slot)) await page.fill(`#${field}`, text);
  await page.click("main form button");
  found.slot = new URL(page.url()).pathname;
  assert.match(found.slot, /^\/office\/slots\/ds_/);
}

/** Types an adjustment, looks at its preview, and confirms it. */
async function adjust(page, points, reason) {
  await page.goto(`/office/households/${found.household}/adjust`);
  await page.fill("#points", points);
  await page.fill("#reason", reason);
  await page.click("main form button");
  await page.click("main form button");
}
