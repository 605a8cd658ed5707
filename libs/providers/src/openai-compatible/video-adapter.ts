import type { VideoHandle, VideoRequest } from '@lumenfall/contracts';
import { failed, httpOf, succeeded, type Call, type Dialect } from '../http/index.js';
import type { CallContext, MediaSource, Outcome, VideoProvider, VideoState } from '../spec/index.js';
import { readVideo, videoStateOf } from './video-answer.js';
import { videoRequest, type VideoSubmission } from './video-request.js';

/** Videos in the shape of OpenAI's `/videos`, which self-hosted and third-party servers speak too. */
export function openAiVideos(dialect: Dialect): VideoProvider {
  const http = httpOf(dialect);

  return {
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
      // Accepted, but we cannot know under which id.
      if (video === null) return failed('ambiguous', 'The provider accepted the video without naming it');
      return succeeded({ upstreamId: video.id, statusUrl: null, resultUrl: null, cancelUrl: null });
    },

    async poll(handle: VideoHandle, context: CallContext): Promise<Outcome<VideoState>> {
      const call: Call = { method: 'GET', target: pathOf(handle), limits: context.limits };
      const answer = await http(context).json(call, context.signal);
      if (!answer.ok) return answer;
      const video = readVideo(answer.value.body);
      if (video === null) return failed('transient', 'The provider sent a status that cannot be read');
      return succeeded(videoStateOf(video, contentOf(handle, context, dialect)));
    },

    async cancel(handle: VideoHandle, context: CallContext): Promise<Outcome<void>> {
      const call: Call = { method: 'DELETE', target: pathOf(handle), limits: context.limits };
      const answer = await http(context).json(call, context.signal);
      return answer.ok || answer.failure.status === 404 ? succeeded(undefined) : answer;
    },
  };
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
