/** The data clock on this side of the wire: runs on between two messages at the given speed. */

export class DataClock {
  speed = 1;
  private anchorMs: number | null = null;
  private anchorLocalMs = 0;
  private readonly localMs: () => number;

  constructor(localMs: () => number = () => performance.now()) {
    this.localMs = localMs;
  }

  set(now: string, speed: number): void {
    this.anchorMs = Date.parse(now);
    this.anchorLocalMs = this.localMs();
    this.speed = speed;
  }

  /** Milliseconds since 1970 UTC, or null before the first message. */
  nowMs(): number | null {
    if (this.anchorMs === null) return null;
    return this.anchorMs + (this.localMs() - this.anchorLocalMs) * this.speed;
  }
}
