/** Where the public finds a stored file. A function, because the port may only be known once the gateway listens. */
export type MediaAddress = (fileName: string) => string;

/** @param publicUrl of the gateway, without a path of its own or with one */
export function mediaAddressBelow(publicUrl: () => string): MediaAddress {
  return (fileName) => `${publicUrl().replace(/\/+$/, '')}/media/${fileName}`;
}
