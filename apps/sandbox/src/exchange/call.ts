import type { FastifyReply, FastifyRequest } from 'fastify';
import { PROVIDER_SLUGS, type ProviderSlug } from '@lumenfall/contracts';
import { isVideoApp } from '../fal/body.js';
import { promptExcerpt, type JournalEntry, type Operation } from '../journal/journal.js';
import type { Failure } from '../profiles/profile.js';
import type { Work } from '../profiles/lumenfall-mix.js';
import { refusalForms, type RefusalForm } from '../refusals/refusal-forms.js';

/** One request to a provider, as its protocol sees it. */
export class Call {
  #gone: AbortController | null = null;

  constructor(
    readonly provider: ProviderSlug,
    readonly request: FastifyRequest,
    private readonly reply: FastifyReply,
    private readonly entry: JournalEntry,
  ) {}

  get body(): unknown {
    return this.request.body;
  }

  /** How the client reached us: what links in answers are built on. */
  get origin(): string {
    return `${this.request.protocol}://${this.request.headers.host ?? 'localhost'}`;
  }

  get refuse(): RefusalForm {
    return refusalForms[this.provider];
  }

  /** Aborted when the client has left. Made on demand: most calls never wait. */
  get signal(): AbortSignal {
    if (this.#gone === null) {
      const gone = new AbortController();
      this.#gone = gone;
      if (this.reply.raw.destroyed) gone.abort();
      else this.reply.raw.once('close', () => gone.abort());
    }
    return this.#gone.signal;
  }

  /** Writes down what the call is about. */
  note(facts: { operation: Operation; prompt?: string; model?: string }): void {
    this.entry.operation = facts.operation;
    if (facts.prompt !== undefined) this.entry.prompt = promptExcerpt(facts.prompt);
    if (facts.model !== undefined) this.entry.model = facts.model;
  }

  /** What the call is to make, after it has been noted. */
  get work(): Work {
    if (this.entry.operation === 'image') return 'image';
    if (this.entry.operation !== 'submit') return 'chat';
    return /\/videos$/.test(this.entry.path) || isVideoApp(this.entry.model ?? '') ? 'video' : 'image';
  }

  get model(): string | null {
    return this.entry.model;
  }

  noteAuthorized(): void {
    this.entry.authorized = true;
  }

  noteCut(): void {
    this.entry.outcome = 'cut';
  }

  /** Writes down what the profile made of the call. */
  noteDrawn(failure: Failure | 'down'): void {
    this.entry.drawn = failure;
  }

  /** Ends the connection as a host does that has lost it: without an answer, and without a farewell. */
  reset(): void {
    this.reply.hijack();
    if (this.reply.raw.destroyed) return;
    this.noteCut();
    this.request.raw.socket.resetAndDestroy();
    this.reply.raw.destroy();
  }
}

/** The provider that a path belongs to: its first segment. */
export function providerOfPath(path: string): ProviderSlug | null {
  const slug = path.split(/[/?]/, 2)[1];
  return PROVIDER_SLUGS.find((known) => known === slug) ?? null;
}
