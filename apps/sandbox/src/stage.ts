import { PromptCache } from './anthropic/prompt-cache.js';
import { Behaviours } from './directives/behaviour.js';
import { JobBoard } from './jobs/job-board.js';
import { Journal } from './journal/journal.js';
import { MovieStudio } from './movies/movie-studio.js';
import { PictureStudio } from './pictures/picture-studio.js';
import { Profiles } from './profiles/profiles.js';
import { Tokenizer } from './tokens/tokenizer.js';

/** Everything the protocols play with; one for the whole process. */
export class Stage {
  readonly journal = new Journal();
  readonly behaviours = new Behaviours();
  readonly profiles = new Profiles();
  readonly tokenizer = new Tokenizer();
  readonly promptCache = new PromptCache();
  readonly pictures = new PictureStudio();
  readonly movies = new MovieStudio();
  readonly jobs = new JobBoard();

  async close(): Promise<void> {
    await Promise.all([this.tokenizer.stop(), this.movies.stop()]);
  }
}
