import type { ImageRequest, JobPayload } from '@lumenfall/contracts';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anImage, serveFiles, type FileServer } from './test-images.js';
import { RunningGateway } from './running-gateway.js';
import { metadata } from './scripted-worker.js';

export const EDITS = '/openai/v1/images/edits';

export type Part = [name: string, value: string | Buffer, filename?: string];

export const BASICS: Part[] = [
  ['model', 'edits'],
  ['prompt', 'At night'],
];

export function form(...parts: Part[]): FormData {
  const data = new FormData();
  for (const [name, value, filename] of parts) {
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, new Blob([new Uint8Array(value)]), filename ?? 'image.png');
  }
  return data;
}

/** A job as the worker received it, with the bytes of its images at that time. */
export interface ReceivedImageJob {
  request: ImageRequest;
  bytes: Buffer[];
  mask: Buffer | null;
}

const aModel = (id: string, modes: string, image: string): string => `
id: ${id}
name: ${id}
description: Made up.
creator: test
created: 2026-01-01
modality: image
modes: [${modes}]
prompt_limit: 100
image: ${image}
offerings:
  - provider: fal
    model: ${id}
    parameters: { image: { send: many }, scale_factor: passed }
    price: [{ type: output, metric: ${modes === 'upscale' ? 'megapixel' : 'image'}, unit_price: '0.01' }]
`;

/**
 * A gateway with a model for each kind of image request (`edits`, `edits-one`, `draws`, `grows`), a file server, and a
 * worker that keeps the jobs it receives. Registers its start and close with the tests of the file.
 */
export class ImageHarness {
  readonly gateway = new RunningGateway();
  jobs: ReceivedImageJob[] = [];
  readonly #made: string[] = [];
  #ready: { files: FileServer; png: Buffer; models: string } | null = null;

  constructor() {
    beforeAll(() => this.#start(), 60_000);
    afterAll(() => this.#close(), 30_000);
    beforeEach(() => this.#listen());
  }

  get files(): FileServer {
    return this.#started().files;
  }

  /** 96 by 64 pixels. */
  get png(): Buffer {
    return this.#started().png;
  }

  edit(...parts: Part[]): Promise<Response> {
    const body = form(...BASICS, ...parts);
    return this.gateway.call(EDITS, { method: 'POST', body });
  }

  /** Files in the store that the worker did not make: uploads that were not removed. */
  async leftovers(): Promise<string[]> {
    return (await this.gateway.mediaFiles()).filter((name) => !this.#made.includes(name));
  }

  async #start(): Promise<void> {
    const models = await mkdtemp(join(tmpdir(), 'models-'));
    await writeFile(join(models, 'edits.yaml'), aModel('edits', 'text-to-image, image-edit', '{}'));
    await writeFile(join(models, 'edits-one.yaml'), aModel('edits-one', 'image-edit', '{ input_images: 1 }'));
    await writeFile(join(models, 'draws.yaml'), aModel('draws', 'text-to-image', '{}'));
    await writeFile(join(models, 'grows.yaml'), aModel('grows', 'upscale', '{ upscale: { default: 2 } }'));
    const files = await serveFiles();
    this.#ready = { files, png: await anImage(), models };
    await this.gateway.start({ CATALOG_DIR: models, SANDBOX_URL: files.url });
  }

  async #close(): Promise<void> {
    const { files, models } = this.#started();
    await this.gateway.stop();
    await files.close();
    await rm(models, { recursive: true, force: true });
  }

  #listen(): void {
    this.jobs = [];
    this.gateway.worker.image = async (job, send) => {
      this.jobs.push(await this.#read(job));
      const image = await this.storedImage();
      await send({ type: 'images', images: Array.from({ length: job.request.n }, () => image), metadata });
    };
  }

  async #read({ request }: JobPayload<'image.generate'>): Promise<ReceivedImageJob> {
    const read = async (name: string): Promise<Buffer> =>
      Buffer.from((await (await this.gateway.media.open(name))?.bytes()) ?? []);
    const bytes = await Promise.all(request.inputs.map(({ name }) => read(name)));
    return { request, bytes, mask: request.mask === null ? null : await read(request.mask.name) };
  }

  /** Stores an image as a worker does. */
  async storedImage() {
    const expiresAt = Date.now() + 3_600_000;
    const file = await this.gateway.media.save(this.png, { contentType: 'image/png', extension: 'png', expiresAt });
    this.#made.push(file.name);
    return { file, width: 96, height: 64, format: 'png', revisedPrompt: null };
  }

  #started(): { files: FileServer; png: Buffer; models: string } {
    if (this.#ready === null) throw new Error('The harness has not been started');
    return this.#ready;
  }
}
