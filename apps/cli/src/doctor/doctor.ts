import type { RequestReportStore } from '@lumenfall/ledger';
import { EXIT } from '../command-line.js';
import type { Ending } from '../ending.js';
import { storyAsJson } from './story-as-json.js';
import { tellStory } from './tell-story.js';

/** Tells the story of one request, of any organization. */
export async function runDoctor(
  { requestId, json }: { requestId: string; json: boolean },
  stories: RequestReportStore,
): Promise<Ending> {
  const story = await stories.find(requestId);
  if (story === null) {
    const error = `${requestId} is not in this database. A chat or an image is recorded when it ends: is it still running, or does billing not run?`;
    return { code: EXIT.unknown, error };
  }
  return { code: EXIT.done, text: json ? JSON.stringify(storyAsJson(story), null, 2) : tellStory(story) };
}
