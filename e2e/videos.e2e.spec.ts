import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { charged, eventually, toMicros } from './account.js';
import { mp4Boxes, probe } from './media.js';
import { onEveryStack, type Stack } from './stacks.js';

interface Video {
  id: string;
  status: string;
  progress: number;
  seconds: string;
  completed_at: number | null;
  output: { url: string; content_type: string; size_bytes: number } | null;
  error: { code: string; message: string } | null;
  metadata: { cost?: number; cost_estimate?: number; executed_model: string };
}

const ended = (stack: Stack, id: string): Promise<Video> =>
  eventually(
    () => stack.get<Video>(`/openai/v1/videos/${id}`),
    ({ status }) => status === 'completed' || status === 'failed',
    60_000,
  );

onEveryStack((stack) => {
  describe('a video', () => {
    it.each([
      { model: 'sora-2', seconds: 4, size: '1280x720', provider: 'openai/' },
      { model: 'kling-v3', seconds: 5, size: '16:9', provider: 'fal/' },
    ])('of $model is accepted, made, and charged as estimated', async ({ model, seconds, size, provider }) => {
      const body = { model, prompt: 'Waves on a beach', seconds: String(seconds), size };
      const dry = await stack.request('/openai/v1/videos?dryRun=true', { method: 'POST', body });
      expect(dry.status).toBe(200);
      const { total_cost_micros: estimated } = (await dry.json()) as { total_cost_micros: number };

      const {
        value: video,
        request,
        costMicros,
      } = await charged(stack, async () => {
        const response = await stack.request('/openai/v1/videos', { method: 'POST', body });
        expect(response.status).toBe(202);
        const submitted = (await response.json()) as Video;
        expect(submitted).toMatchObject({ object: 'video', model, seconds: String(seconds) });
        expect(['queued', 'in_progress']).toContain(submitted.status);
        expect(toMicros(submitted.metadata.cost_estimate ?? 0)).toBe(estimated);
        return { requestId: submitted.id, value: await ended(stack, submitted.id) };
      });
      expect(video).toMatchObject({ status: 'completed', error: null, progress: 100 });
      expect(video.metadata.executed_model.startsWith(provider)).toBe(true);
      expect(request).toMatchObject({ status: 'completed', modality: 'video', model });
      expect(costMicros).toBe(estimated);
      expect(toMicros(video.metadata.cost ?? 0)).toBe(costMicros);

      const file = await fetch(video.output?.url ?? '');
      const bytes = new Uint8Array(await file.arrayBuffer());
      expect(file.headers.get('content-type')).toBe('video/mp4');
      expect(video.output).toMatchObject({ content_type: 'video/mp4', size_bytes: bytes.length });
      const boxes = mp4Boxes(bytes);
      expect(boxes[0]).toBe('ftyp');
      expect(boxes).toEqual(expect.arrayContaining(['moov', 'mdat']));
      const folder = mkdtempSync(path.join(tmpdir(), 'lumenfall-video-'));
      const name = path.join(folder, 'video.mp4');
      writeFileSync(name, bytes);
      const probed = probe(name);
      rmSync(folder, { recursive: true });
      if (probed !== null) {
        expect(Math.abs(probed.seconds - seconds)).toBeLessThan(0.6);
        expect(probed.width / probed.height).toBeCloseTo(16 / 9, 1);
      }
    });

    it('is made through the OpenAI SDK, which sends a form, and downloaded through it', async () => {
      const submitted = await stack.openai.videos.create({
        model: 'sora-2',
        prompt: 'A bird',
        seconds: '4',
        size: '720x1280',
      });
      const video = await ended(stack, submitted.id);
      expect(video.status).toBe('completed');
      const content = await stack.openai.videos.downloadContent(submitted.id);
      expect(mp4Boxes(new Uint8Array(await content.arrayBuffer()))[0]).toBe('ftyp');
      const list = await stack.openai.videos.list({ limit: 5 });
      expect(list.data.map(({ id }) => id)).toContain(submitted.id);
    });

    it('fails with a code and a message, and costs nothing', async () => {
      const {
        value: video,
        request,
        costMicros,
      } = await charged(stack, async () => {
        const body = { model: 'kling-v3', prompt: 'Rain [sandbox moderation]' };
        const submitted = (await (await stack.request('/openai/v1/videos', { method: 'POST', body })).json()) as Video;
        return { requestId: submitted.id, value: await ended(stack, submitted.id) };
      });
      expect(video).toMatchObject({
        status: 'failed',
        output: null,
        error: { code: expect.stringMatching(/^[A-Z_]+$/) },
      });
      expect(request.status).not.toBe('completed');
      expect(costMicros).toBe(0);
    });

    it('is made once for one idempotency key', async () => {
      const idempotency_key = `key-${Date.now()}`;
      const submit = (prompt: string): Promise<Response> =>
        stack.request('/openai/v1/videos', { method: 'POST', body: { model: 'kling-v3', prompt, idempotency_key } });
      const first = await submit('A hill');
      const again = await submit('A hill');
      const other = await submit('A valley');
      expect([first.status, again.status, other.status]).toEqual([202, 200, 409]);
      const [made, replayed] = (await Promise.all([first.json(), again.json()])) as [Video, Video];
      expect(replayed.id).toBe(made.id);
      expect((await stack.request(`/openai/v1/videos/${made.id}`, { method: 'DELETE' })).status).toBe(204);
      expect((await stack.request(`/openai/v1/videos/${made.id}`, { method: 'DELETE' })).status).toBe(204);
    });
  });
});
