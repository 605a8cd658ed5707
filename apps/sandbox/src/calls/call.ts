import { setTimeout as sleep } from 'node:timers/promises';
import type { ProviderSlug } from '@lumenfall/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { SandboxContext } from '../context.js';
import type { Behaviour, Cut } from '../directives/behaviour.js';
import type { Moment } from '../directives/parse-directives.js';
import { promptExcerpt, type JournalEntry, type Operation } from '../journal/journal.js';
import type { Failure } from '../profiles/profile.js';
import { applyDraw, type Work } from '../profiles/profiles.js';
import { type Answer, type JsonAnswer, type RefusalForm } from './answer.js';
import { refusalForms } from './refusal-forms.js';

/** Longer than any client waits. */
const FOREVER_MS = 3_600_000;

/** What the journal notes about a call, and what decides how the call behaves. */
export interface CallSubject {
  operation: Operation;
  prompt: string;
  model: string;
  makes: Work;
  /** `submit` if absent: also the only moment of work that is not a job. */
  moment?: Moment;
}

/** One request to a provider, as its protocol sees it. */
export class Call {
  /** Where the connection is cut while the answer is sent. */
  cut: Cut = null;
  #left: AbortController | null = null;

  constructor(
    readonly context: SandboxContext,
    readonly provider: ProviderSlug,
    readonly request: FastifyRequest,
    private readonly reply: FastifyReply,
    private readonly entry: JournalEntry,
  ) {}

  /** Scheme and host that the client used: links in answers start with it. */
  get origin(): string {
    return `${this.request.protocol}://${this.request.headers.host ?? 'localhost'}`;
  }

  get refuse(): RefusalForm {
    return refusalForms[this.provider];
  }

  /** Aborted when the client closes the connection. Created on demand: most calls never wait. */
  get signal(): AbortSignal {
    if (this.#left === null) {
      const left = new AbortController();
      this.#left = left;
      if (this.reply.raw.destroyed) left.abort();
      else this.reply.raw.once('close', () => left.abort());
    }
    return this.#left.signal;
  }

  /** Waits; returns early, without an error, if the client leaves. */
  async pause(milliseconds: number): Promise<void> {
    if (milliseconds <= 0) return;
    try {
      await sleep(milliseconds, undefined, { signal: this.signal });
    } catch (error) {
      if (!this.signal.aborted) throw error;
    }
  }

  note({ operation, prompt, model }: { operation: Operation; prompt?: string; model?: string }): void {
    this.entry.operation = operation;
    if (prompt !== undefined) this.entry.prompt = promptExcerpt(prompt);
    if (model !== undefined) this.entry.model = model;
  }

  noteAuthorized(): void {
    this.entry.authorized = true;
  }

  noteCut(): void {
    this.entry.outcome = 'cut';
  }

  noteDrawn(failure: Failure | 'down'): void {
    this.entry.drawn = failure;
  }

  /** Reads a body by its schema; what does not fit is refused with the first wrong field. */
  parse<T>(
    schema: z.ZodType<T>,
    about: { operation: Operation; model?: string },
    body: unknown = this.request.body,
  ): { ok: true; body: T } | { ok: false; answer: JsonAnswer } {
    const parsed = schema.safeParse(body);
    if (parsed.success) return { ok: true, body: parsed.data };
    this.note(about);
    const { message, field } = firstProblem(parsed.error);
    return { ok: false, answer: this.refuse.invalid(message, field) };
  }

  /**
   * Notes the call and decides what it does: as its prompt directs, and if the prompt does not say how the call ends,
   * as the profile in force draws. A job is drawn for once, when it is submitted.
   */
  behave({ operation, prompt, model, makes, moment = 'submit' }: CallSubject): Behaviour {
    this.note({ operation, prompt, model });
    const directed = this.context.behaviours.take(prompt, this.provider, moment);
    const drawn = moment === 'submit' ? this.context.profiles.draw(this.provider, makes, model) : null;
    const { behaviour, failure } = applyDraw(directed, drawn);
    if (failure !== null) this.noteDrawn(failure);
    this.cut = behaviour.cut;
    return behaviour;
  }

  /**
   * What every protocol does with a behaviour before its own work: reports mistakes in directives, waits, fails.
   *
   * @returns the refusal, or null if the call may go on
   */
  async apply(behaviour: Behaviour, waits = true): Promise<Answer | null> {
    if (behaviour.problems.length > 0) return this.refuse.invalid(behaviour.problems.join(' '), 'prompt');
    if (waits) await this.pause(behaviour.latencyMs);
    if (behaviour.hang) await this.pause(FOREVER_MS);
    if (behaviour.hang || behaviour.reset) {
      this.reset();
      // Not sent: the connection is gone.
      return this.refuse.failure(503, null);
    }
    if (behaviour.status === null || behaviour.after !== null) return null;
    return this.refuse.failure(behaviour.status, behaviour.retryAfter);
  }

  /** Never answers; the connection is reset if the client waits longer than an hour. */
  async hang(): Promise<void> {
    await this.pause(FOREVER_MS);
    this.reset();
  }

  /** Ends the connection with a TCP reset, without an answer. */
  reset(): void {
    this.reply.hijack();
    if (this.reply.raw.destroyed) return;
    this.noteCut();
    this.request.raw.socket.resetAndDestroy();
    this.reply.raw.destroy();
  }
}

/** The first thing that is wrong with a body, and the field. */
export function firstProblem(error: z.ZodError): { field: string | null; message: string } {
  const issue = error.issues[0];
  if (issue === undefined) return { field: null, message: 'Invalid body.' };
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    return { field: key, message: `Unknown parameter: '${key}'.` };
  }
  const field = issue.path.map(String).join('.');
  return { field: field === '' ? null : field, message: issue.message };
}
