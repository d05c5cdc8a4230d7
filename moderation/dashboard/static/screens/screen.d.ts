import type { SiteEvent } from "../../../web/api.js";
import type { Shortcut } from "../core/shortcuts.js";

/** What an address of the dashboard shows. */
export interface Screen {
  readonly node: HTMLElement;
  readonly title: string;
  /** Whether something was entered that would be lost. */
  readonly touched?: boolean;
  /** Show what the address names. */
  show(params: { comment?: string; author?: string }, query: URLSearchParams): unknown;
  shortcuts?(): Shortcut[];
  onEvents?(events: SiteEvent[]): void;
  /** Ask whether what was entered may be lost. */
  mayLeave?(): Promise<boolean>;
  leave?(): void;
}

/** Go to a path below the dashboard. */
export type Go = (path: string, options?: { replace?: boolean }) => Promise<void>;
