export interface Size {
  width: number;
  height: number;
}

export type ImageFormat = 'png' | 'jpeg' | 'webp';

export interface MediaFile {
  bytes: Uint8Array;
  contentType: string;
}

/** What a request asks for, before it is rendered. Several files of one request have the same bytes. */
export interface Media extends Size {
  extension: ImageFormat | 'mp4';
  count: number;
  /** 0 for images. */
  seconds: number;
  /** Renders the file; called again whenever it is needed, since the renderers cache what they made lately. */
  make(): Promise<MediaFile>;
}

/** A field of the request that does not make sense. */
export interface FieldProblem {
  field: string;
  message: string;
}
