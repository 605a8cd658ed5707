/** The journal's entry of a call, as far as these tests look at it. */
export interface Call {
  at: string;
  operation: string;
  drawn: string | null;
  outcome: string;
}

type Counts = Record<string, Record<string, Record<string, number>>>;

/** How the calls of a provider that make something ended. */
export interface Ends {
  calls: number;
  failed: number;
  by: Record<string, number>;
}

/** The sandbox of a running stack, by its control endpoints. */
export class SandboxControl {
  constructor(private readonly url: string) {}

  async behave(profile: object): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${this.url}/_sandbox/profile`, {
      method: 'PUT',
      headers,
      body: JSON.stringify(profile),
    });
    if (!answer.ok) throw new Error(`The profile was refused: ${await answer.text()}`);
  }

  async forget(): Promise<void> {
    await fetch(`${this.url}/_sandbox/tally`, { method: 'DELETE' });
    await fetch(`${this.url}/_sandbox/calls`, { method: 'DELETE' });
  }

  /** Of the calls that begin work; polls and files are not drawn for. */
  async endsOf(provider: string): Promise<Ends> {
    const { counts } = (await (await fetch(`${this.url}/_sandbox/tally`)).json()) as { counts: Counts };
    const by: Record<string, number> = {};
    for (const operation of ['chat', 'image', 'submit'])
      for (const [end, count] of Object.entries(counts[provider]?.[operation] ?? {})) by[end] = (by[end] ?? 0) + count;
    const calls = Object.values(by).reduce((sum, count) => sum + count, 0);
    return { calls, failed: calls - (by['answered'] ?? 0), by };
  }

  /** When a provider was called, Unix ms, oldest first; of the last 5,000 calls of all. */
  async callsOf(provider: string): Promise<number[]> {
    const answer = await fetch(`${this.url}/_sandbox/calls?provider=${provider}`);
    const { calls } = (await answer.json()) as { calls: Call[] };
    return calls.map(({ at }) => Date.parse(at));
  }
}
