import { readMediaLocation } from './media-location.js';

describe('readMediaLocation', () => {
  it('reads a folder', () => {
    expect(readMediaLocation({ dir: '/data' })).toEqual({ kind: 'folder', dir: '/data' });
    expect(readMediaLocation({ dir: '/data', url: '' })).toEqual({ kind: 'folder', dir: '/data' });
  });

  it.each([
    ['s3://images', { prefix: '', region: 'us-east-1', endpoint: null, pathStyle: false }],
    ['s3://images/a/b/?region=eu-west-1', { prefix: 'a/b/', region: 'eu-west-1', endpoint: null, pathStyle: false }],
    [
      's3://images?endpoint=http://localhost:9000',
      { prefix: '', region: 'us-east-1', endpoint: 'http://localhost:9000', pathStyle: true },
    ],
    [
      's3://images?endpoint=https://r2.example.com&region=auto&path_style=false',
      { prefix: '', region: 'auto', endpoint: 'https://r2.example.com', pathStyle: false },
    ],
  ])('prefers the bucket %s to a folder', (url, expected) => {
    expect(readMediaLocation({ url, dir: '/data' })).toEqual({
      kind: 'bucket',
      bucket: 'images',
      ...expected,
    });
  });

  it.each([
    [{}, /Set MEDIA_DIR to a folder, or MEDIA_URL to a bucket/],
    [{ url: 'https://bucket.example.com' }, /expected s3:/],
    [{ url: 's3://key:secret@images' }, /must not contain credentials/],
    [{ url: 's3://images?reigon=eu' }, /unknown parameter 'reigon'/],
    [{ url: 's3://images?endpoint=localhost:9000' }, /endpoint: expected https:/],
  ])('refuses %p in one line', (variables, message) => {
    expect(() => readMediaLocation(variables)).toThrow(message);
  });
});
