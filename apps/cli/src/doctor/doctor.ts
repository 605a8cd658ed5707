import type { RequestReportStore } from '@lumenfall/ledger';
import { EXIT, type CommandOutcome } from '../outcome.js';
import { storyAsJson } from './report-json.js';
import { tellStory } from './format-report.js';

/** Prints the report of one request, of any organization. */
export async function runDoctor(
  requestId: string,
  { json }: { json?: true },
  stories: RequestReportStore,
): Promise<CommandOutcome> {
  const story = await stories.find(requestId);
  if (story === null) {
    const error = `${requestId} is not in this database. A chat or an image is recorded when it ends: it may still be running, or billing may be down.`;
    return { code: EXIT.unknown, error };
  }
  return { code: EXIT.done, text: json ? JSON.stringify(storyAsJson(story), null, 2) : tellStory(story) };
}
