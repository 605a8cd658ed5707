import type { ImageRequest, InputImage } from '@lumenfall/contracts';
import type { MediaStore } from '@lumenfall/media';
import type { ImageCallContext, InputFile } from '@lumenfall/providers';

/** The pictures of a request, in memory for as long as it is worked on. */
export type InputFiles = Pick<ImageCallContext, 'files' | 'mask'>;

export const NO_FILES: InputFiles = { files: [], mask: null };

/** Reads the pictures that came with a request. Null where one is gone: whoever sent it no longer waits, or its time is over. */
export async function readInputs(
  { inputs, mask }: Pick<ImageRequest, 'inputs' | 'mask'>,
  store: Pick<MediaStore, 'open'>,
): Promise<InputFiles | null> {
  const read = async ({ name, contentType, width, height }: InputImage): Promise<InputFile | null> => {
    const file = await store.open(name);
    return file === null ? null : { bytes: await file.bytes(), contentType, width, height };
  };
  const [files, maskFile] = await Promise.all([Promise.all(inputs.map(read)), mask === null ? null : read(mask)]);
  const present = files.filter((file) => file !== null);
  return present.length < inputs.length || (mask !== null && maskFile === null)
    ? null
    : { files: present, mask: maskFile };
}
