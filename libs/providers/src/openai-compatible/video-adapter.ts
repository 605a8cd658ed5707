import { type VideoHandle, type VideoRequest, succeed } from '@lumenfall/contracts';
import { failed, httpOf, type Call, type Dialect } from '../http/index.js';
import { withoutJobId } from '../media/job-answer.js';
import type {
  CallContext,
  LookUp,
  LookUpClues,
  MediaSource,
  Outcome,
  VideoProvider,
  VideoState,
} from '../spec/index.js';
import { readVideo, videoStateOf } from './video-answer.js';
import { findSubmission, mayContinue, readVideoList, type ListedVideo } from './video-look-up.js';
import { videoRequest, type VideoSubmission } from './video-request.js';

/** Of a hundred videos each; a submission of the last minutes is on them unless the account is very busy. */
const LOOK_UP_PAGES = 3;

/** Videos in the shape of OpenAI's `/videos`, which self-hosted and third-party servers speak. */
export function openAiVideos(dialect: Dialect) {
  const http = httpOf(dialect);

  return {
    // A video is paid by its seconds, which are measured here.
    reports: [],

    async submit(request: VideoRequest, context: CallContext): Promise<Outcome<VideoHandle>> {
      const submission = videoRequest(request, context.model, context.parameters);
      if (submission.kind === 'impossible') return failed('client', submission.reason);
      const call: Call = {
        method: 'POST',
        target: '/videos',
        body: submission.kind === 'json' ? submission.body : formOf(submission),
        limits: context.limits,
        unrepeatable: true,
      };
      const answer = await http(context).json(call, context.signal);
      if (!answer.ok) return answer;
      const video = readVideo(answer.value.body);
      if (video === null) return withoutJobId(answer.value.body, http(context));
      return succeed({ upstreamId: video.id, statusUrl: null, resultUrl: null, cancelUrl: null });
    },

    async poll(handle: VideoHandle, context: CallContext): Promise<Outcome<VideoState>> {
      const call: Call = { method: 'GET', target: pathOf(handle), limits: context.limits };
      const answer = await http(context).json(call, context.signal);
      if (!answer.ok) return answer;
      const video = readVideo(answer.value.body);
      if (video === null) return failed('transient', 'The provider sent a status that cannot be read');
      return succeed(videoStateOf(video, contentOf(handle, context, dialect), http(context)));
    },

    async lookUp(request: VideoRequest, context: CallContext, clues: LookUpClues): Promise<Outcome<LookUp>> {
      const videos: ListedVideo[] = [];
      let isComplete = false;
      for (let page = 0, after = ''; page < LOOK_UP_PAGES && !isComplete; page += 1) {
        const target = `/videos?limit=100&order=desc${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`;
        const answer = await http(context).json({ method: 'GET', target, limits: context.limits }, context.signal);
        if (!answer.ok) return answer;
        const list = readVideoList(answer.value.body);
        if (list === null) return failed('transient', 'The provider sent a list that cannot be read');
        videos.push(...list.videos);
        isComplete = !mayContinue(list, clues);
        after = list.videos.at(-1)?.id ?? '';
      }
      return succeed(await findSubmission(videos, isComplete, { request, model: context.model }, clues));
    },

    async cancel(handle: VideoHandle, context: CallContext): Promise<Outcome<void>> {
      const call: Call = { method: 'DELETE', target: pathOf(handle), limits: context.limits };
      const answer = await http(context).json(call, context.signal);
      return answer.ok || answer.error.status === 404 ? succeed(undefined) : answer;
    },
  } satisfies VideoProvider;
}

const pathOf = (handle: VideoHandle): string => `/videos/${encodeURIComponent(handle.upstreamId)}`;

function contentOf(handle: VideoHandle, { endpoint }: CallContext, dialect: Dialect): MediaSource {
  const url = `${endpoint.baseUrl}${pathOf(handle)}/content`;
  return { kind: 'url', url, headers: dialect.authorize(endpoint.apiKey) };
}

function formOf({ fields, file }: Extract<VideoSubmission, { kind: 'multipart' }>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  const extension = file.contentType.split('/')[1] ?? 'bin';
  form.set(
    'input_reference',
    new Blob([file.bytes as Uint8Array<ArrayBuffer>], { type: file.contentType }),
    `reference.${extension}`,
  );
  return form;
}
