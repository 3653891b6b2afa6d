// What pages for old eyes and fingers are measured by, in the page itself.

import { faults } from "./browser.mjs";

/** What is too small, too faint or too wide on a page for old eyes and fingers. */
export async function large(page) {
  const list = await faults(page);
  const faint = await page.evaluate(() => window.axe.run(document, { runOnly: { type: "rule", values: ["color-contrast-enhanced"] } }));
  for (const { nodes } of faint.violations) list.push(...nodes.map((node) => `below 7 to 1: ${node.html.slice(0, 120)}`));
  list.push(...(await page.evaluate(measured)));
  const fits = async (size) => {
    await page.evaluate((value) => (document.documentElement.style.fontSize = value), size);
    const [inside, outside] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    if (inside > outside) list.push(`${inside} wide in ${outside} at ${size}`);
  };
  await fits("250%");
  await fits("");
  return list;
}

/** In the page: text below 20 px, targets below 60 px. */
function measured() {
  const found = [];
  for (const element of document.body.querySelectorAll("*")) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const size = parseFloat(getComputedStyle(element).fontSize);
    if (hasText && size < 20) found.push(`${size} px: ${element.outerHTML.slice(0, 100)}`);
  }
  for (const target of document.querySelectorAll("a, button, select, label.pick, input:not([type=hidden]):not([type=radio]):not([type=checkbox])")) {
    const { width, height } = target.getBoundingClientRect();
    if (height < 60 || width < 60) found.push(`${width} by ${height}: ${target.outerHTML.slice(0, 100)}`);
  }
  return found;
}
