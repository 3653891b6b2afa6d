// A browser for the back office, and the people of the demo who may use it.

import { existsSync, readFileSync } from "node:fs";
import { createHmac } from "node:crypto";

import axe from "axe-core";
import { chromium } from "playwright-core";

import { url } from "./hearth.mjs";

/** Debian's, or another the environment names. */
const program = process.env.HEARTH_CHROMIUM ?? "/usr/bin/chromium";
/** Who of the staff can sign in: written by the demo. */
const staffFile = process.env.HEARTH_STAFF ?? "data/demo-staff.txt";

/** Why there is no browser; undefined when there is one. A place that must test everything sets CI. */
export const noBrowser = existsSync(program) || process.env.CI ? undefined : `NOT RUN: no browser at ${program}`;

/** Starts it. Nothing it shows needs another host. */
export function startBrowser() {
  return chromium.launch({ executablePath: program, args: ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"] });
}

/** The roles, with what signs each of the demo's staff in. */
export function staff() {
  const people = {};
  for (const block of readFileSync(staffFile, "utf8").split(/\n(?=\[)/)) {
    const role = /^\[(\w+)\]/.exec(block)?.[1];
    const value = (word) => new RegExp(`^${word}\\s+(.+)$`, "m").exec(block)[1];
    if (role) people[role] = { role, name: value("name"), password: value("password"), phone: value("phone"), codes: value("codes").split(" ") };
  }
  return people;
}

/** What an authenticator app shows now (RFC 6238). */
export function codeOf(phone) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const secret = new URL(phone).searchParams.get("secret");
  const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac("sha1", key).update(step).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** A window: how wide, light or dark, in which language, with which cookies. */
export async function open(browser, { width, scheme, language = "zh-CN", state }) {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width, height: width < 600 ? 780 : 900 },
    colorScheme: scheme,
    locale: language,
    storageState: state,
  });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => request.url().startsWith(url) || request.url().startsWith("data:") || complaints.push(`asks ${request.url()}`));
  return { page, context, complaints };
}

/** Signs in by password and phone. */
export async function signIn(page, person, code = codeOf(person.phone)) {
  await page.goto("/office/sign-in");
  await page.fill("#name", person.name);
  await page.fill("#password", person.password);
  await page.fill("#code", code);
  await page.click("main button");
}

/** What axe-core finds wrong with a page by WCAG 2.2 AA, and what does not fit the window. */
export async function faults(page) {
  // Not as a script of the page: its policy allows none, and must stay as it is while it is looked at.
  await page.evaluate(axe.source);
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const found = await page.evaluate((values) => window.axe.run(document, { runOnly: { type: "tag", values } }), tags);
  const places = (nodes) => nodes.map((node) => `${node.html.slice(0, 160)} ${node.any.map((check) => check.message).join("; ")}`);
  const list = found.violations.map((violation) => `${violation.id}: ${places(violation.nodes).join("\n    ")}`);
  const [inside, window_] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  if (inside > window_) list.push(`the page is ${inside} wide in a window of ${window_}`);
  return list;
}
