import { readMediaLocation } from './media-location.js';

describe('where media is kept', () => {
  it('is a folder', () => {
    expect(readMediaLocation({ dir: '/data' })).toEqual({ kind: 'folder', dir: '/data' });
    expect(readMediaLocation({ dir: '/data', url: '' })).toEqual({ kind: 'folder', dir: '/data' });
  });

  it.each([
    ['s3://pictures', { prefix: '', region: 'us-east-1', endpoint: null, pathStyle: false }],
    ['s3://pictures/a/b/?region=eu-west-1', { prefix: 'a/b/', region: 'eu-west-1', endpoint: null, pathStyle: false }],
    [
      's3://pictures?endpoint=http://localhost:9000',
      { prefix: '', region: 'us-east-1', endpoint: 'http://localhost:9000', pathStyle: true },
    ],
    [
      's3://pictures?endpoint=https://r2.example.com&region=auto&path_style=false',
      { prefix: '', region: 'auto', endpoint: 'https://r2.example.com', pathStyle: false },
    ],
  ])('is the bucket %s, whatever the folder', (url, expected) => {
    expect(readMediaLocation({ url, dir: '/data' })).toEqual({
      kind: 'bucket',
      bucket: 'pictures',
      ...expected,
    });
  });

  it.each([
    [{}, /Set MEDIA_DIR to a folder, or MEDIA_URL to a bucket/],
    [{ url: 'https://bucket.example.com' }, /not of the form s3:/],
    [{ url: 's3://key:secret@pictures' }, /may not hold the keys/],
    [{ url: 's3://pictures?reigon=eu' }, /'reigon' is not known/],
    [{ url: 's3://pictures?endpoint=localhost:9000' }, /the endpoint is not of the form/],
  ])('is not %p', (variables, message) => {
    expect(() => readMediaLocation(variables)).toThrow(message);
  });
});
