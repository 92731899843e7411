/** Who looks at the page: somebody who may give orders, or not. */

import { answer } from "../answer.ts";

const KEY = "tremorkit.operator";

export type Verb = "pause" | "resume" | "abort";

export class Operator {
  /** Whose token it is; null: nobody's who may give orders. */
  name: string | null = null;
  private token = sessionStorage.getItem(KEY) ?? "";

  constructor() {
    if (this.token !== "") void this.check();
  }

  /** Ask the centre who this is; a browser that reads by an operator's password needs no token. */
  async check(): Promise<void> {
    const who = await answer<{ operator: string | null }>("/api/v1/operator", this.headers());
    this.name = who?.operator ?? null;
  }

  /** Take a token for as long as the tab is open; true where it is an operator's. */
  async enter(token: string): Promise<boolean> {
    this.token = token.trim();
    await this.check();
    if (this.name === null) this.leave();
    else sessionStorage.setItem(KEY, this.token);
    return this.name !== null;
  }

  leave(): void {
    this.token = "";
    this.name = null;
    sessionStorage.removeItem(KEY);
  }

  /** Give an order to a rollout; the centre's words where it is refused, null where it is done. */
  order(rollout: string, verb: Verb, reason: string): Promise<string | null> {
    return this.post(`/api/v1/rollouts/${encodeURIComponent(rollout)}/${verb}`, { reason });
  }

  /** Say that an alarm was seen. */
  acknowledge(alarm: string): Promise<string | null> {
    return this.post(`/api/v1/alarms/${encodeURIComponent(alarm)}/acknowledge`, {});
  }

  private async post(place: string, body: object): Promise<string | null> {
    const headers = { ...this.headers(), "Content-Type": "application/json", "X-Requested-With": "page" };
    try {
      const response = await fetch(place, { method: "POST", headers, body: JSON.stringify(body) });
      if (response.ok) return null;
      const said = (await response.json()) as { detail?: unknown };
      return typeof said.detail === "string" ? said.detail : `refused with ${response.status}`;
    } catch {
      return "the centre does not answer";
    }
  }

  private headers(): Record<string, string> {
    return this.token === "" ? {} : { Authorization: `Bearer ${this.token}` };
  }
}
