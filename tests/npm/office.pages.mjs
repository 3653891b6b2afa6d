// The pages of the back office and who may see each; the first role is the one its picture is taken as.

const ALL = ["admin", "support", "perks", "finance", "auditor"];

/** What pages with an id in their address are about, found by {@link prepare}. */
const found = {};

export const PAGES = [{ name: "today", path: "/office", roles: ALL }];

/** Looks up or makes what the pages above are about. `as` opens a window signed in with a role. */
export async function prepare(as) {
  const { page, context } = await as("admin");
  found.home = page.url();
  await context.close();
}
