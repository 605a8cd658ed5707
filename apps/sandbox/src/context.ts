import { PromptCache } from './anthropic/prompt-cache.js';
import { Behaviours } from './directives/behaviour.js';
import { Jobs } from './jobs/jobs.js';
import { Journal } from './journal/journal.js';
import { Profiles } from './profiles/profiles.js';
import { ImageRenderer } from './rendering/image-renderer.js';
import { VideoRenderer } from './rendering/video-renderer.js';
import { Tokenizer } from './tokens/tokenizer.js';

/** What the protocols share; one for the whole process. */
export class SandboxContext {
  readonly journal = new Journal();
  readonly behaviours = new Behaviours();
  readonly profiles = new Profiles();
  readonly tokenizer = new Tokenizer();
  readonly promptCache = new PromptCache();
  readonly images = new ImageRenderer();
  readonly videos = new VideoRenderer();
  readonly jobs = new Jobs();

  async close(): Promise<void> {
    await Promise.all([this.tokenizer.close(), this.videos.close()]);
  }
}
