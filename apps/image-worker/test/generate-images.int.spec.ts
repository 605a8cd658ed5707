import { openMediaStore } from '@lumenfall/media';
import type { ImageCallContext } from '@lumenfall/providers';
import type { UsageAppender } from '@lumenfall/queue';
import { eventually } from '@lumenfall/testing';
import { generateImages, type ImagePorts } from '../src/images/generate-images.js';
import type { ImageJob } from '../src/images/image-route.js';
import { anImageJob, generation, image, refusal, type ImageScript } from './scripted-images.js';
import { ImageHarness } from './image-harness.js';

const works: ImageScript = { generate: async () => generation([await image()]) };

describe('the work on image requests', () => {
  const harness = new ImageHarness();
  const portsOf: ImageHarness['portsOf'] = (...given) => harness.portsOf(...given);

  /** Runs one job through the queue; returns its reply and its usage records. */
  async function ask(asked: ImageJob, ports: ImagePorts, meanwhile?: (cancel: () => Promise<void>) => Promise<void>) {
    const { job, parts, cancel } = await harness.accepted(asked);
    const { requestId } = job.requestContext;
    const { engine } = harness;
    const host = await engine.work({
      queue: 'image',
      concurrency: 2,
      handlers: { 'image.generate': (each, context) => generateImages(each, context, ports) },
    });
    await engine.producer().enqueue('image.generate', job, { id: requestId });
    await meanwhile?.(cancel);
    const part = await eventually(() => parts[0]);
    const recordedFirst = (await engine.usageLog().figures()).depth === 1;
    await host.close(2_000);
    return { part, parts, records: await harness.recordsOf(job), recordedFirst };
  }

  it('an image request is answered with stored files, after its record', async () => {
    const ports = await portsOf({ gemini: works });
    const { part, records, recordedFirst } = await ask(anImageJob(['gemini'], { n: 2 }), ports);
    expect(part).toMatchObject({ type: 'images', metadata: { cost: 0.08, executed_model: 'gemini/image-model' } });
    expect(recordedFirst).toBe(true);
    const images = part.type === 'images' ? part.images : [];
    expect((await harness.files()).sort()).toEqual(images.map(({ file }) => file.name).sort());
    expect(images).toMatchObject([{ width: 64, height: 32, format: 'png', file: { contentType: 'image/png' } }, {}]);
    expect(images[0]?.file.expiresAt).toBeGreaterThan(Date.now() + 3_500_000);
    expect(records).toMatchObject([
      { status: 'completed', responseSizeBytes: images.reduce((sum, { file }) => sum + file.sizeBytes, 0) },
    ]);
  });

  it('an image request that all providers fail costs nothing and leaves no file', async () => {
    const { part, records } = await ask(
      anImageJob(['gemini']),
      await portsOf({ gemini: { generate: async () => refusal('empty') } }),
    );
    expect(part).toMatchObject({ type: 'error', error: { code: 'ALL_PROVIDERS_EXHAUSTED' } });
    expect(records).toMatchObject([{ status: 'upstream_failure', charge: { quantities: [] } }]);
    expect(await harness.files()).toEqual([]);
  });

  it('an edit uses its input images, and its result is kept as long as requested', async () => {
    const store = await openMediaStore({ dir: harness.dir });
    const bytes = Buffer.from('the bytes of an image');
    const saved = await store.save(bytes, {
      contentType: 'image/png',
      extension: 'png',
      expiresAt: Date.now() + 60_000,
    });
    const input = { name: saved.name, contentType: 'image/png', width: 7, height: 5, sizeBytes: bytes.length };
    const given: ImageCallContext[] = [];
    const script: ImageScript = {
      generate: async (_call, _request, _signal, context) => {
        given.push(context);
        return generation([await image()]);
      },
    };
    const job = anImageJob(
      ['gemini'],
      { mode: 'image-edit', inputs: [input], mask: input },
      { keepMs: 7 * 86_400_000 },
    );
    const { part } = await ask(job, await portsOf({ gemini: script }));
    const file = { bytes, contentType: 'image/png', width: 7, height: 5 };
    expect(given).toEqual([expect.objectContaining({ files: [file], mask: file })]);
    const expiresAt = part.type === 'images' ? part.images[0]?.file.expiresAt : 0;
    expect(expiresAt).toBeGreaterThan(Date.now() + 6.9 * 86_400_000);
  });

  it('a request whose input images have expired is not tried and costs nothing', async () => {
    const input = { name: 'gone', contentType: 'image/png', width: 7, height: 5, sizeBytes: 1 };
    const never: ImageScript = { generate: () => Promise.reject(new Error('called')) };
    const job = anImageJob(['gemini'], { mode: 'image-edit', inputs: [input] });
    const { part, records } = await ask(job, await portsOf({ gemini: never }));
    expect(part).toMatchObject({ type: 'error', error: { code: 'OVERLOADED' } });
    expect(records).toMatchObject([{ status: 'upstream_failure', attempts: [], charge: { quantities: [] } }]);
  });

  it('a cancelled image request costs what was made until then and leaves no file', async () => {
    let waiting = 0;
    const script: ImageScript = {
      generate: async (call, _request, signal) => {
        if (call === 0) return generation([await image()]);
        waiting += 1;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return refusal('cancelled');
      },
    };
    const { part, records } = await ask(
      anImageJob(['gemini'], { n: 2 }),
      await portsOf({ gemini: script }),
      async (cancel) => {
        await eventually(() => waiting === 1);
        await cancel();
      },
    );
    expect(part).toMatchObject({ type: 'error', error: { code: 'CANCELLED' } });
    expect(records).toMatchObject([
      { status: 'cancelled', provider: 'gemini', charge: { quantities: [{ quantity: 1 }] } },
    ]);
    expect(await harness.files()).toEqual([]);
  });

  it('an image request that reaches its deadline costs nothing', async () => {
    const script: ImageScript = {
      generate: async (_call, _request, signal) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return refusal('timeout');
      },
    };
    const job = anImageJob(['gemini'], {}, { deadline: Date.now() + 1_000 });
    const { part, records } = await ask(job, await portsOf({ gemini: script }));
    expect(part).toMatchObject({ error: { code: 'TIMEOUT' } });
    expect(records).toMatchObject([{ status: 'upstream_failure', errorCode: 'TIMEOUT', charge: { quantities: [] } }]);
  });

  it('an image request whose record the queue refuses is not answered, but its outcome is stored', async () => {
    const refusing: UsageAppender = { append: () => Promise.reject(new Error('the queue is down')) };
    const ports = await portsOf({ gemini: works }, refusing);
    const { job, parts } = await harness.accepted(anImageJob(['gemini'], {}, { deadline: Date.now() + 1_500 }));
    await expect(generateImages(job, { run: 1, signal: new AbortController().signal }, ports)).rejects.toThrow(
      'the queue is down',
    );
    expect(parts).toEqual([]);
    expect(await harness.database.imageRuns.find(job.requestContext.requestId)).toMatchObject({ state: 'answered' });
    expect(await harness.files()).toHaveLength(1);
  });
});
