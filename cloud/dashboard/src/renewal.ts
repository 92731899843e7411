/** A page left on a wall for months must follow the updates of its aggregator. */

/** Reload where the server's page names another script than the one that runs here. */
export async function reloadIfRenewed(): Promise<void> {
  const own = document.querySelector<HTMLScriptElement>("script[type=module]")?.src;
  if (own === undefined) return;
  const response = await fetch("/", { cache: "no-store" });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const served = page.querySelector("script[type=module]")?.getAttribute("src");
  if (served != null && new URL(served, location.href).href !== own) location.reload();
}
