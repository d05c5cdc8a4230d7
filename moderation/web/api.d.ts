// What the HTTP API sends, as far as the widget and the dashboard read it; `moderation/schemas` rule.

export type Status = "published" | "held" | "rejected" | "deleted";

export interface ProblemDocument {
  code?: string;
  title?: string;
  detail?: string;
  errors?: { where: string; message: string; code?: string }[];
  /** Of an author who may not write: until when, null for good, and why. */
  until?: string | null;
  reason?: string;
  barred?: boolean;
  nudge?: Nudge;
  proof?: ProofAsked;
}

/** The work that is asked for where many comments come at once. */
export interface ProofAsked {
  challenge: string;
  parts: number;
  bits: number;
}

/** A text that is shown to its author once more: stretches of it, in code points. */
export interface Nudge {
  token: string;
  words: string[];
  text: string;
  spans: [number, number][];
}

export interface Author {
  id?: string;
  name?: string;
  website?: string;
  kind?: "anonymous" | "sso" | "key";
  role?: "reader" | "author" | "moderator" | "owner";
}

export interface Votes {
  up: number;
  down: number;
}

/** Where help is found. */
export interface HelpLink {
  title: string;
  url: string;
}

/** What an author in despair is told; `own` if the site wrote it itself. */
export interface Help {
  text: string;
  links: HelpLink[];
  own?: boolean;
}

/** A comment on its page; a tombstone has its id, parent and status only. */
export interface Comment {
  id: string;
  parent: string | null;
  status: Status;
  thread?: string;
  text?: string;
  html?: string;
  author?: Author | null;
  created?: string;
  edited?: string | null;
  version?: number;
  votes?: Votes;
  reply_count?: number;
  replies?: Comment[];
  replies_cursor?: string | null;
  notice?: string;
  /** Only in the answer to its author. */
  help?: Help;
}

/** The answer to a new or changed comment, for its author only. */
export interface StoredComment extends Comment {
  edit_token?: string;
  edit_until?: string;
}

export interface Thread {
  id: string;
  url: string;
  title: string;
  count: number;
  closed: boolean;
  version: number;
  /** On its page, where it is so: shown to nobody; seconds between comments; what comes first. */
  hidden?: boolean;
  slow_seconds?: number;
  pinned?: string | null;
}

/** A thread as moderators see it, with what is set for it alone. */
export interface ThreadSettings extends Thread {
  hidden: boolean;
  premoderate: "none" | "first" | "links" | "all" | null;
  slow_seconds: number;
  pinned: string | null;
  authors: string[];
  created: string;
  last: string | null;
  /** How many of its comments wait for a moderator. */
  waiting: number;
  /** Whether it is past the site's last day for comments. */
  expired: boolean;
}

export interface ThreadList {
  threads: ThreadSettings[];
  next_cursor: string | null;
}

export interface ThreadDetails extends ThreadSettings {
  names: Record<string, string>;
  pinned_comment: { id: string; status: Status; name: string; excerpt: string } | null;
}

export interface ThreadChanged extends ThreadSettings {
  /** What undoes it; null if nothing changed. */
  change: string | null;
}

export interface ThreadPage {
  thread: Thread;
  comments: Comment[];
  next_cursor: string | null;
}

export interface RepliesPage {
  comments: Comment[];
  next_cursor: string | null;
}

/** Own votes, and own comments that nobody else sees. */
export interface Mine {
  votes: Record<string, number>;
  comments: Comment[];
  /** What moderators set for the author, if anything holds them back. */
  measure?: Standing;
}

export interface Standing {
  kind: "review" | "suspend" | "ban";
  until: string | null;
  reason: string;
  code: string;
  detail: string;
  /** Whether they may not write. */
  barred: boolean;
}

/** What a site's widget must know. */
export interface PublicSettings {
  max_length: number;
  max_depth: number;
  votes: boolean;
  edit_minutes?: number;
  /** Whether authors can be told of answers by mail. */
  mail?: boolean;
}

export interface Reason {
  rule: string;
  attribute: string | null;
  threshold: number | null;
  score: number | null;
  detail: string | null;
  spans: [number, number][];
  part: "name" | "website" | "title" | null;
}

export interface Verdict {
  action: "publish" | "flag" | "hold" | "reject";
  reasons: Reason[];
}

/** Part of a text, in code points, and what it adds to each attribute's log-odds. */
export interface Span {
  start: number;
  end: number;
  contributions: Record<string, number>;
}

/** A word or short run of words, in code points, and how much higher it makes each score. */
export interface Influence {
  start: number;
  end: number;
  changes: Record<string, number>;
}

/** What the second reader changed about a comment's scores, or why there is nothing to tell. */
export interface SecondReading {
  state:
    "read" | "not-asked" | "not-read" | "fast-alone" | "another-model" | "failed" | "not-scored";
  in_use: string;
  model: string | null;
  fast: Record<string, number>;
  scores: Record<string, number>;
  part: [number, number] | null;
  words: Influence[];
}

/** A comment as moderators see it. */
export interface CaseComment {
  id: string;
  parent: string | null;
  status: Status;
  text: string;
  author: Author;
  created: string;
  edited: string | null;
  /** When it was erased, since it had been held or rejected for long. */
  expired: string | null;
  version: number;
  language: string;
  scores: Record<string, number>;
  model: string;
  scoring_failed: boolean;
  spans: Span[];
  /** What it says of its author's own despair. */
  self_harm?: { phrases: [number, number, string][]; acute: boolean } | null;
  unexplained?: string | null;
  verdict: Verdict | null;
}

export interface AuthorRecord {
  comments: number;
  approved: number;
  rejected: number;
  published: number;
  reports: number;
  reports_upheld: number;
  first_seen: string | null;
}

export interface KnownAuthor extends Author {
  id: string;
  kind: "anonymous" | "sso" | "key";
  record: AuthorRecord;
}

export interface Report {
  reason: string;
  note: string;
  created: string;
  weight: number;
}

export interface Claim {
  moderator: string;
  name: string;
  until: string;
}

export interface Priority {
  total: number;
  terms: Record<string, number>;
}

export interface Decision {
  id: string;
  comment: string;
  action: "approve" | "reject" | "escalate" | "undo";
  moderator: { id: string; name: string };
  reason: string;
  created: string;
  undone_by: string | null;
}

/** A comment in the queue, with all that speaks for and against it. */
export interface Case {
  comment: CaseComment;
  thread: Thread;
  /** Only where one case is asked for. */
  context?: { parent: CaseComment | null; siblings: CaseComment[] };
  lanes: string[];
  queued: string | null;
  priority: Priority;
  author: KnownAuthor;
  reports: Report[];
  claim: Claim | null;
  escalated: boolean;
  decisions: Decision[];
}

export interface QueuePage {
  cases: Case[];
  next_cursor: string | null;
  counts: Record<string, number>;
}

export interface BatchResult {
  comment: string;
  ok: boolean;
  status_before: Status;
  status_after: Status;
  decision: string;
  error: { code: string };
}

export interface Batch {
  id: string;
  results: BatchResult[];
  /** Undone: what came after a group's decision. */
  judged_anew?: number;
}

/** Near-duplicate comments that are decided on as one. */
export interface Group {
  id: string;
  count: number;
  first: string;
  last: string;
  waits: boolean;
  published: number;
  held: number;
  rejected: number;
  next: { action: "leave" | "hold" | "reject"; until: string } | null;
  batch: string | null;
  examples: { id: string; status: Status; author: string; excerpt: string }[];
}

export interface GroupMembers {
  group: Group;
  cases: Case[];
  next_cursor: string | null;
}

export interface GroupDecided {
  batch: string;
  changed: number;
  left: BatchResult[];
  group: Group;
}

export interface AuthorHistory {
  author: KnownAuthor;
  comments: CaseComment[];
  next_cursor: string | null;
}

/** What a moderator set for an author. */
export interface Measure {
  id: string;
  author: string;
  kind: "trust" | "review" | "suspend" | "ban";
  holds: boolean;
  until: string | null;
  reason: string;
  note: string;
  address: boolean;
  moderator: { id: string; name: string };
  created: string;
  batch: string | null;
  replaces: string[];
  undone: string | null;
}

/** One that was set or undone, and what became of the author's comments. */
export interface MeasureDone extends Measure {
  changed: number;
  left: { comment: string; error: { code: string } }[];
  more: boolean;
}

export interface AuditEntry {
  id: string;
  at: string;
  actor: string;
  verb: string;
  subject: string;
  /** What it holds follows from the verb. */
  detail: Record<string, any>;
}

export interface AuditPage {
  entries: AuditEntry[];
  next_cursor: string | null;
}

export interface SiteEvent {
  id: string;
  type: string;
  data: Record<string, string>;
}

export interface EventsPage {
  events: SiteEvent[];
  next: string | null;
}

/** From which score an attribute is flagged or held; null is never. */
export interface Thresholds {
  flag: number | null;
  hold: number | null;
}

export interface Policy {
  preset?: string;
  /** ISO 639 code of what the comments are written in; null: not said. */
  language?: string | null;
  thresholds?: Record<string, Thresholds>;
  words?: { hold?: string[]; flag?: string[] };
  notices?: { held?: string; rejected?: string };
  help?: Help;
  votes?: boolean;
  reserved_names?: string[];
  nudge?: boolean;
  /** The rules' choices and the limits' numbers. */
  [setting: string]: unknown;
}

export interface Site {
  name: string;
  origins: string[];
  policy: Policy;
  effective: Record<string, Thresholds>;
  /** What the model in use reads; ISO 639 codes. */
  languages: string[];
  /** What each preset says, with its thresholds for the model in use. */
  presets: Record<string, Policy>;
  /** The least and the most that each of the policy's numbers takes. */
  ranges: Record<string, { min: number; max: number }>;
  /** From which score spam is rejected if the site asks for it; null if that was not measured. */
  spam_refusal: { threshold: number; clean_share: number } | null;
  version: number;
}

type Action = "publish" | "flag" | "hold" | "reject";

export interface RehearsedComment {
  id: string;
  name: string;
  text: string;
  before: Action;
  after: Action;
  decision: "approve" | "reject" | null;
}

/** What other settings would have done to the latest comments. */
export interface Rehearsal {
  comments: number;
  before: Record<Action, number>;
  after: Record<Action, number>;
  held_approved: number;
  passed_rejected: number;
  changes: number;
  changed: RehearsedComment[];
}

export interface Moderator {
  id: string;
  name: string;
  email: string;
  role: "owner" | "admin" | "moderator";
}

/** What authors did after they were shown a text again. */
export interface NudgeCounts {
  shown: number;
  changed: number;
  unchanged: number;
  withdrawn: number;
  open: number;
}

export interface Session {
  site: string;
  csrf: string;
  old_password_needed: boolean;
  /** Without one there is no way back in but another link. */
  has_password: boolean;
  moderator: Moderator;
}

/** Which mails a moderator gets. */
export interface MailChoice {
  wants: string;
  /** Full hours; none means at once. */
  hours: number[];
  zone: string;
  language: string;
  languages: string[];
  /** Whether there is a mail server. */
  available: boolean;
  /** The address refused mail; choosing again tries it again. */
  switched_off: boolean;
}

/** One of a site's latest comments, with where it is. */
export interface LatestComment {
  id: string;
  author: Author;
  created: string;
  excerpt: string;
  link: string;
  page: { url: string; title: string };
}

/** An address that is told of events, and how it fares. */
export interface Webhook {
  id: string;
  url: string;
  events: string[];
  format: string;
  name: string;
  created: string;
  active: boolean;
  off: "gone" | "by-hand" | null;
  waiting: number;
  delivered: string | null;
  failed: string | null;
  error: string;
}

export interface Webhooks {
  webhooks: Webhook[];
  events: string[];
  formats: string[];
}

/** A delivery that was given up. */
export interface Undelivered {
  id: string;
  at: string;
  webhook: string;
  event: string;
  subject: string;
  reason: string;
}

/** A text with holes (`{name}`), or such a text for each plural form. */
export type Message = string | Record<string, string>;
export type Messages = Record<string, Message>;
