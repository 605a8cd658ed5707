import type { ModelParameter } from './model-parameter.js';
import type { ModelEntry } from './model-entry.js';

interface CoreParameter {
  description: string;
  /** Null for what the gateway itself needs. */
  handling: ModelParameter['handling'] | null;
}

type CoreParameters = Readonly<Record<string, CoreParameter>>;

const passed = (description: string): CoreParameter => ({ description, handling: 'passed' });
const renamed = (description: string): CoreParameter => ({ description, handling: 'renamed' });
const converted = (description: string): CoreParameter => ({ description, handling: 'converted' });
const emulated = (description: string): CoreParameter => ({ description, handling: 'emulated' });
const ours = (description: string): CoreParameter => ({ description, handling: null });

const EVERYWHERE: CoreParameters = {
  model: ours('The id of the model, an alias, or <provider>/<id>.'),
  user: passed('Who of your own users asks; kept in the request history.'),
};

const SHAPE: CoreParameters = {
  size: converted('WIDTHxHEIGHT fixes shape and scale, W:H only the shape. The nearest that the model makes is taken.'),
  aspect_ratio: converted('The shape, such as 16:9; the nearest that the model makes is taken.'),
  resolution: converted('The scale, such as 2K or 1080p; the nearest that the model makes is taken.'),
};

const TEXT: CoreParameters = {
  ...EVERYWHERE,
  messages: passed('The conversation so far.'),
  stream: passed('Answer piece by piece, as server-sent events.'),
  stream_options: passed('include_usage: end the stream with a chunk that counts the tokens.'),
  temperature: passed('Higher is more random.'),
  max_tokens: passed('The most tokens that may be generated.'),
  max_completion_tokens: passed('The most tokens that may be generated, thinking included.'),
  top_p: passed('Only the likeliest tokens that together have this probability are considered.'),
  frequency_penalty: passed('Above 0: fewer repetitions.'),
  presence_penalty: passed('Above 0: more new subjects.'),
  stop: passed('Up to four texts at which the answer ends.'),
  n: passed('How many answers to generate.'),
  tools: passed('Functions that the model may call.'),
  response_format: passed('Text, JSON, or JSON that fits a schema.'),
};

const IMAGE: CoreParameters = {
  ...EVERYWHERE,
  prompt: renamed('What the image should show, or what should be done with it.'),
  n: emulated('How many images to make; several calls where the provider makes fewer at once.'),
  ...SHAPE,
  quality: passed('How much effort the model spends.'),
  style: passed('The manner of the image, where the model knows several.'),
  response_format: emulated('A link, or the image itself as base64.'),
  output_format: emulated('The file format; converted where the provider makes another.'),
  output_compression: emulated('The quality of JPEG, WebP and AVIF files.'),
  stream: ours('Images are not streamed: false, or nothing.'),
  scale_factor: converted('By what an upscale multiplies each side.'),
  image: renamed('The picture to work on: an upload, a URL or a data URI; a list where the model takes several.'),
  mask: passed('A PNG of the same size as the image: what is fully transparent there is to be changed.'),
};

const VIDEO: CoreParameters = {
  ...EVERYWHERE,
  prompt: renamed('What happens in the video.'),
  seconds: converted('The length; the nearest that the model makes is taken.'),
  duration: converted('Another name of seconds.'),
  ...SHAPE,
  n: emulated('Always 1.'),
  input_reference: renamed('The picture to begin with: {"image_url": a URL or a data URI}, or a list of such.'),
  negative_prompt: renamed('What should not be seen.'),
  media_retention: ours('How long the file is kept: none is an hour.'),
  webhook_url: ours('Told when the video is finished.'),
  idempotency_key: ours('A repeat with the same key finds the same video.'),
  metadata: ours('Your own notes, given back as client_metadata.'),
};

/** What is told of the parameters that every model of a modality has; what they may hold is said by the bodies' schemas. */
export const CORE_PARAMETERS: Readonly<Record<ModelEntry['modality'], CoreParameters>> = {
  text: TEXT,
  image: IMAGE,
  video: VIDEO,
};
